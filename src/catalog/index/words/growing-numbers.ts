/** A list of integers up to 2^31 that takes four bytes for each. An array takes eight. */
export class GrowingNumbers {
  #numbers = new Int32Array(16);

  /** 0 where nothing was set. */
  at(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  set(index: number, number: number): void {
    if (index >= this.#numbers.length) {
      const before = this.#numbers;
      this.#numbers = new Int32Array(Math.max(index + 1, Math.ceil(before.length * 1.25)));
      this.#numbers.set(before);
    }
    this.#numbers[index] = number;
  }
}
