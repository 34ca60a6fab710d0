// How many things to draw at once, learnt from how long the last ones took: machines differ, and so do messages.

/** Drawing that takes this long leaves the rest of a task of 50 ms to the browser's own work. */
const BUDGET_MS = 25;

export class Pace {
  size: number;

  /** Never fewer than `least`: a step costs something by itself, and many small ones would come to more. */
  constructor(
    private readonly least: number,
    private readonly most: number,
  ) {
    this.size = least;
  }

  /** `size` things took so long. It grows step by step, since the next ones may be larger. */
  took(ms: number): void {
    const fitting = Math.floor((this.size * BUDGET_MS) / Math.max(ms, 1));
    this.size = Math.max(this.least, Math.min(fitting, 2 * this.size, this.most));
  }
}
