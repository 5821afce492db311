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
/**
 * All that a page asks by itself comes at least a second apart, with room for what a slow browser does between a turn
 * and its request. A timer can be a little early. What a viewer does is asked at once.
 */
const turnEveryMs = 1_105;
let nextTurnAt = -Infinity;
/** A timer can also be late, and the next one in time. */
let lastTurnAt = -Infinity;

/** @returns how long to wait for the next turn, which belongs to the caller from now on, in ms. */
function takeTurn(): number {
  const now = performance.now();
  const at = Math.max(now, nextTurnAt);
  nextTurnAt = at + turnEveryMs;
  return at - now;
}

/** Between two turns. A service can also name a time in the past when the clock of the browser is wrong. */
const leastWaitMs = 1_100;

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
        // A hidden page asks nothing. The page asks when people look at it again.
        if (!document.hidden) inTurn();
        else document.addEventListener('visibilitychange', inTurn, { once: true, signal: ending.signal });
      }, ms);
    };
    const inTurn = () => {
      timer = setTimeout(useTurn, takeTurn());
    };
    const useTurn = () => {
      const now = performance.now();
      const early = lastTurnAt + leastWaitMs - now;
      if (document.hidden) later(0);
      else if (early > 0) timer = setTimeout(useTurn, early);
      else {
        lastTurnAt = now;
        void ask();
      }
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
        const nextTryAt = answer.because === undefined || wait === undefined ? undefined : Date.now() + wait;
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

/** Everything that changes with the time, told once a second by one timer while the page is visible. */
const watchers = new Set<() => void>();
setInterval(() => {
  if (!document.hidden) for (const watcher of watchers) watcher();
}, 1_000);

/** A value that depends on the time. The component is drawn again only when the value has changed. */
export function useOnTime<Value extends string | number>(valueAt: (now: number) => Value): Value {
  const [, redraw] = useState(0);
  const value = valueAt(Date.now());
  const shown = useRef({ valueAt, value });
  shown.current = { valueAt, value };
  useEffect(() => {
    const watcher = () => {
      if (shown.current.valueAt(Date.now()) !== shown.current.value) redraw((times) => times + 1);
    };
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, []);
  return value;
}

/** The time, again each second. */
export function useNow(): number {
  return useOnTime((now) => now);
}
