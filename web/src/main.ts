import './styles/tokens.css';
import './styles/base.css';
import './styles/prose.css';

import { mount } from 'svelte';

import App from './components/App.svelte';
import { settings } from './stores/settings.svelte';

settings.apply_theme();
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target });

// Only where the page can be an app: on this machine or by https.
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  addEventListener('load', () => {
    navigator.serviceWorker.register('/sw.js').catch(() => undefined); // The page works without it.
  });
}
