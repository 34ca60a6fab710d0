// The API key, asked for once when the server wants one. It is never written into the page's address or its logs.
const PLACE = 'hearth.key';

function kept(storage: () => Storage): string | null {
  try {
    return storage().getItem(PLACE);
  } catch {
    return null; // Storage may be switched off.
  }
}

class Session {
  key = $state<string | null>(kept(() => sessionStorage) ?? kept(() => localStorage));
  asking = $state(false);
  /** The key that was there has been refused. */
  refused = $state(false);
  private waiting: ((got_one: boolean) => void)[] = [];

  /** Several requests may ask at once; one answer serves them all. */
  ask(): Promise<boolean> {
    this.refused = this.key !== null;
    this.asking = true;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  enter(key: string, remember: boolean): void {
    this.key = key;
    try {
      sessionStorage.setItem(PLACE, key);
      if (remember) localStorage.setItem(PLACE, key);
      else localStorage.removeItem(PLACE);
    } catch {
      // Then it lasts as long as the page.
    }
    this.settle(true);
  }

  give_up(): void {
    this.settle(false);
  }

  forget(): void {
    this.key = null;
    try {
      sessionStorage.removeItem(PLACE);
      localStorage.removeItem(PLACE);
    } catch {
      // Nothing was kept.
    }
  }

  private settle(got_one: boolean): void {
    this.asking = false;
    for (const resolve of this.waiting.splice(0)) resolve(got_one);
  }
}

export const session = new Session();
