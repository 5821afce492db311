/**
 * Loads what a page shows, and keeps it current: polls while the page is visible, asks again at the time that a problem
 * names, keeps the last good value meanwhile, and ends a request that nobody waits for.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { troubleOf, type Answer, type Trouble } from './service.js';

export interface Loading<T> {
  /** The last good answer; undefined before the first. */
  answer: Answer<T> | undefined;
  /** Why the newest try failed; undefined after a good one. */
  trouble: Trouble | undefined;
  /** When the page asks again by itself, in ms. */
  nextTryAt: number | undefined;
  isLoading: boolean;
  again: () => void;
}

const offlineRetryMs = 3_000;
/** A service can name a time in the past when the clock of the browser is wrong. */
const leastWaitMs = 1_000;

/**
 * @param question what is asked. Another text forgets the answer; null asks nothing.
 * @param everyMs how often a good answer is asked for again; undefined: never.
 */
export function useLoading<T>(
  question: string | null,
  load: (signal: AbortSignal) => Promise<Answer<T>>,
  everyMs?: number,
): Loading<T> {
  const [state, setState] = useState<Omit<Loading<T>, 'again'> & { question: string | null }>({
    question: null,
    answer: undefined,
    trouble: undefined,
    nextTryAt: undefined,
    isLoading: false,
  });
  const [turn, setTurn] = useState(0);
  const loader = useRef(load);
  loader.current = load;

  useEffect(() => {
    if (question === null) return undefined;
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = (ms: number) => {
      timer = setTimeout(() => {
        // A hidden page asks nothing. The page asks at once when people look at it again.
        if (!document.hidden) void ask();
        else
          document.addEventListener('visibilitychange', () => void ask(), {
            once: true,
            signal: ending.signal,
          });
      }, ms);
    };
    const ask = async () => {
      setState((before) => ({
        ...before,
        question,
        answer: before.question === question ? before.answer : undefined,
        trouble: before.question === question ? before.trouble : undefined,
        nextTryAt: undefined,
        isLoading: true,
      }));
      try {
        const answer = await loader.current(ending.signal);
        if (ending.signal.aborted) return;
        const wait = answer.retryAt === undefined ? everyMs : untilMs(answer.retryAt);
        const nextTryAt = answer.retryAt === undefined ? undefined : Date.now() + untilMs(answer.retryAt);
        setState({ question, answer, trouble: undefined, nextTryAt, isLoading: false });
        if (wait !== undefined) later(wait);
      } catch (error) {
        if (ending.signal.aborted) return;
        const trouble = troubleOf(error);
        const wait = waitOf(trouble);
        const nextTryAt = wait === undefined ? undefined : Date.now() + wait;
        setState((before) => ({ ...before, question, trouble, nextTryAt, isLoading: false }));
        if (wait !== undefined) later(wait);
      }
    };
    void ask();
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [question, everyMs, turn]);

  const isOfQuestion = state.question === question;
  return {
    answer: isOfQuestion ? state.answer : undefined,
    trouble: isOfQuestion ? state.trouble : undefined,
    nextTryAt: isOfQuestion ? state.nextTryAt : undefined,
    isLoading: state.isLoading || (question !== null && !isOfQuestion),
    again: () => setTurn((before) => before + 1),
  };
}

/** @returns in ms, undefined when the same question cannot succeed later. */
function waitOf({ isOffline, problem }: Trouble): number | undefined {
  if (isOffline) return offlineRetryMs;
  return problem?.retryAt === undefined ? undefined : untilMs(Date.parse(problem.retryAt));
}

function untilMs(time: number): number {
  return Math.max(leastWaitMs, time - Date.now());
}

/** The time, again each second while the page shows a text that changes with it. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
