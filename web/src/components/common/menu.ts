import type { IconName } from './icons';

export interface MenuItem {
  icon: IconName;
  label: string;
  is_danger?: boolean;
  run: () => void;
}
