// Which page is shown, kept in the address behind "#", so that the server needs only one.
export type Page = 'chat' | 'models' | 'presets' | 'prompts' | 'dashboard' | 'about';

export interface Route {
  page: Page;
  /** Of the conversation; null: a new one. */
  id: string | null;
}

const PAGES: readonly string[] = ['models', 'presets', 'prompts', 'dashboard', 'about'];

export function route_of(hash: string): Route {
  const [first = '', second = ''] = hash.replace(/^#\/?/, '').split('/');
  if (first === 'c' && second !== '') {
    try {
      return { page: 'chat', id: decodeURIComponent(second) };
    } catch {
      return { page: 'chat', id: null };
    }
  }
  return { page: PAGES.includes(first) ? (first as Page) : 'chat', id: null };
}

export function hash_of(route: Route): string {
  if (route.page !== 'chat') return `#/${route.page}`;
  return route.id === null ? '#/' : `#/c/${encodeURIComponent(route.id)}`;
}

class CurrentRoute {
  now = $state.raw<Route>(route_of(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.now = route_of(location.hash)));
  }

  go(page: Page, id: string | null = null, replace = false): void {
    const route: Route = { page, id };
    if (replace) history.replaceState(null, '', hash_of(route));
    else if (hash_of(route) !== location.hash) history.pushState(null, '', hash_of(route));
    this.now = route;
  }
}

export const route = new CurrentRoute();
