/**
 * Lets work in as long as all of it together stays within a number of bytes; the others wait in
 * order.
 */
export class MemoryGate {
  readonly #total: number;
  #left: number;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

  constructor(bytes: number) {
    this.#total = bytes;
    this.#left = bytes;
  }

  /** @throws RangeError for what would wait for ever: more than there is, or no number */
  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (!(bytes <= this.#total)) throw new RangeError(`${bytes} bytes of ${this.#total}`);
    if (this.#waiting.length === 0 && bytes <= this.#left) this.#left -= bytes;
    else await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }));
    try {
      return await work();
    } finally {
      this.#left += bytes;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.bytes <= this.#left) {
      const { bytes, enter } = this.#waiting.shift()!;
      this.#left -= bytes;
      enter();
    }
  }
}
