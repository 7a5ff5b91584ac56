/**
 * Keys on their way to a terminal: the first goes at once; what is typed while it travels goes
 * together behind it. Order is kept, and a slow line is never flooded.
 */
const MOST = 4096;

export class Typist {
  #waiting = "";
  #travelling = false;
  #closed = false;

  constructor(
    private readonly send: (data: string) => Promise<unknown>,
    private readonly failed: (error: unknown) => void,
  ) {}

  type(data: string): void {
    if (this.#closed) return;
    this.#waiting += data;
    void this.#go();
  }

  close(): void {
    this.#closed = true;
    this.#waiting = "";
  }

  async #go(): Promise<void> {
    if (this.#travelling) return;
    this.#travelling = true;
    try {
      while (this.#waiting !== "" && !this.#closed) {
        const piece = firstPiece(this.#waiting);
        this.#waiting = this.#waiting.slice(piece.length);
        await this.send(piece);
      }
    } catch (error) {
      // What was typed blind behind a lost key would run as something else: drop it.
      this.#waiting = "";
      this.failed(error);
    } finally {
      this.#travelling = false;
    }
  }
}

// A piece never ends between the two halves of one character.
function firstPiece(text: string): string {
  if (text.length <= MOST) return text;
  const last = text.charCodeAt(MOST - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? MOST - 1 : MOST);
}
