// Keeps the end of a growing list in view, until the reader scrolls away; it goes on when the reader comes back.
const NEAR_PX = 48;

export class Autoscroll {
  is_at_end = $state(true);
  private box: HTMLElement | null = null;
  private follows = true;
  private last_top = 0;

  /** Returns what ends it. */
  watch(box: HTMLElement): () => void {
    this.box = box;
    const on_scroll = () => {
      const distance = box.scrollHeight - box.clientHeight - box.scrollTop;
      // Only a movement upwards is the reader's wish to stay; growing text moves the end away without one.
      if (distance <= NEAR_PX) this.follows = true;
      else if (box.scrollTop < this.last_top - 1) this.follows = false;
      this.last_top = box.scrollTop;
      this.is_at_end = this.follows || distance <= NEAR_PX;
    };
    const on_wheel = (event: WheelEvent) => {
      if (event.deltaY < 0 && box.scrollTop > 0) this.follows = false;
    };
    box.addEventListener('scroll', on_scroll, { passive: true });
    box.addEventListener('wheel', on_wheel, { passive: true });
    const observer = new ResizeObserver(() => {
      if (this.follows) this.jump();
      else on_scroll();
    });
    observer.observe(box);
    // It also tells of what there is already, when the browser has laid it out: to ask now would make it do so in this task.
    for (const child of box.children) observer.observe(child);
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', on_scroll);
      box.removeEventListener('wheel', on_wheel);
      this.box = null;
    };
  }

  to_end(smoothly = false): void {
    this.follows = true;
    this.is_at_end = true;
    const calm = typeof matchMedia === 'function' && matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (smoothly && this.box && !calm) this.box.scrollTo({ top: this.box.scrollHeight, behavior: 'smooth' });
    else this.jump();
  }

  private jump(): void {
    if (this.box) this.box.scrollTop = this.box.scrollHeight;
  }
}
