/**
 * Does one thing at one moment of the wall clock.
 *
 * A machine that slept has its timers late, so the moment is looked at again when the page is seen.
 * Nothing is left behind once it was done or cleared.
 */
export class Alarm {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #work: (() => void) | undefined;

  /** Sets it, in place of what it was set to. `due` is in milliseconds since the Unix epoch. */
  set(due: number, work: () => void): void {
    this.clear();
    this.#due = due;
    this.#work = work;
    this.#timer = setTimeout(this.#ring, Math.max(0, due - Date.now()));
    page()?.addEventListener('visibilitychange', this.#look);
  }

  /** Lets nothing happen. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#work = undefined;
    page()?.removeEventListener('visibilitychange', this.#look);
  }

  readonly #ring = (): void => {
    const work = this.#work;
    this.clear();
    work?.();
  };

  readonly #look = (): void => {
    if (page()?.visibilityState === 'visible' && Date.now() >= this.#due) this.#ring();
  };
}

/** Waits for work until a moment of the wall clock. What it brings after that is nobody's. */
export function until<T>(due: number, work: Promise<T>, late: () => Error): Promise<T> {
  const alarm = new Alarm();
  return new Promise<T>((resolve, reject) => {
    alarm.set(due, () => reject(late()));
    work.then(resolve, reject);
  }).finally(() => alarm.clear());
}

/** The document, where there is one: not in Node, nor in a worker. */
function page(): Document | undefined {
  return (globalThis as { document?: Document }).document;
}
