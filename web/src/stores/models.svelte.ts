// Models: on this disk, loaded, in the catalog, and on their way here.
import type { Client } from '../api/client';
import { ApiError, was_aborted } from '../api/errors';
import type { Catalog, InstalledModel, PullProgress, ServerStatus } from '../api/types';
import { plain_name } from '../tools/model_name';

export interface Pull {
  progress: PullProgress;
  controller: AbortController;
  problem: unknown;
}

export class Models {
  installed = $state.raw<InstalledModel[]>([]);
  status = $state.raw<ServerStatus | null>(null);
  catalog = $state.raw<Catalog | null>(null);
  was_loaded = $state(false);
  pulls = $state.raw<ReadonlyMap<string, Pull>>(new Map());
  /** Being loaded or unloaded at the wish of this page. */
  busy = $state.raw<ReadonlySet<string>>(new Set());

  loaded = $derived(new Set(this.status?.models.filter((model) => model.current).map((model) => plain_name(model.model)) ?? []));
  names = $derived(this.installed.map((model) => plain_name(model.name)));

  constructor(private readonly server: Client) {}

  async load(): Promise<void> {
    const [{ models }, status] = await Promise.all([this.server.installed_models(), this.server.status()]);
    this.installed = models;
    this.status = status;
    this.was_loaded = true;
  }

  async load_catalog(): Promise<void> {
    this.catalog = await this.server.catalog();
  }

  /** Ends when the model is there, was broken off, or failed: then `pulls` keeps its problem until it is dismissed. */
  async pull(name: string): Promise<boolean> {
    const controller = new AbortController();
    const set = (pull: Pull) => (this.pulls = new Map(this.pulls).set(name, pull));
    let progress: PullProgress = { status: '' };
    set({ progress, controller, problem: null });
    try {
      for await (progress of this.server.pull_model(name, controller.signal)) {
        if (progress.error !== undefined) throw new ApiError(400, progress.error);
        set({ progress, controller, problem: null });
      }
      this.dismiss_pull(name);
      await Promise.all([this.load(), this.load_catalog()]);
      return true;
    } catch (problem) {
      if (was_aborted(problem)) this.dismiss_pull(name);
      else set({ progress, controller, problem });
      return false;
    }
  }

  dismiss_pull(name: string): void {
    this.pulls.get(name)?.controller.abort();
    const pulls = new Map(this.pulls);
    pulls.delete(name);
    this.pulls = pulls;
  }

  load_model(name: string): Promise<void> {
    return this.while_busy(name, () => this.server.load_model(name));
  }
  unload_model(name: string): Promise<void> {
    return this.while_busy(name, () => this.server.unload_model(name));
  }
  async delete_model(name: string): Promise<void> {
    await this.while_busy(name, () => this.server.delete_model(name));
    await this.load_catalog();
  }

  private async while_busy(name: string, action: () => Promise<unknown>): Promise<void> {
    this.busy = new Set(this.busy).add(name);
    try {
      await action();
      await this.load();
    } finally {
      const busy = new Set(this.busy);
      busy.delete(name);
      this.busy = busy;
    }
  }
}
