/** What Node lacks of a browser's page, for tests of what happens in one. */
export class FakePage extends EventTarget {
  visibilityState = 'visible';
  /** Where `location.assign` went last. */
  wentTo: URL | undefined;
  readonly #listeners = new Set<unknown>();
  readonly #stored = new Map<string, string>();
  #address: URL;

  constructor(address: string) {
    super();
    this.#address = new URL(address);
  }

  /** Puts it in place of the globals of a browser. */
  open(): void {
    const page = this;
    const globals = {
      document: page,
      sessionStorage: page.storage,
      location: {
        get href() { return page.#address.href; },
        get origin() { return page.#address.origin; },
        get pathname() { return page.#address.pathname; },
        get search() { return page.#address.search; },
        assign: (to: URL) => { page.wentTo = new URL(to); },
      },
      history: {
        state: { ofTheApp: 1 },
        replaceState: (_state: unknown, _: string, to: string) => { page.#address = new URL(to, page.#address); },
      },
    };
    for (const [name, value] of Object.entries(globals)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }

  /** Takes it away. */
  close(): void {
    for (const name of ['document', 'sessionStorage', 'location', 'history']) Reflect.deleteProperty(globalThis, name);
  }

  get address(): string {
    return this.#address.href;
  }

  set address(address: string) {
    this.#address = new URL(address);
  }

  /** The keys of what is stored. */
  get kept(): string[] {
    return [...this.#stored.keys()];
  }

  readonly storage = {
    getItem: (key: string) => this.#stored.get(key) ?? null,
    setItem: (key: string, value: string) => void this.#stored.set(key, value),
    removeItem: (key: string) => void this.#stored.delete(key),
  };

  /** How many listeners are left. */
  get listeners(): number {
    return this.#listeners.size;
  }

  override addEventListener(...call: Parameters<EventTarget['addEventListener']>): void {
    this.#listeners.add(call[1]);
    super.addEventListener(...call);
  }

  override removeEventListener(...call: Parameters<EventTarget['removeEventListener']>): void {
    this.#listeners.delete(call[1]);
    super.removeEventListener(...call);
  }
}
