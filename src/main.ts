import { mount } from 'svelte';
import 'uplot/dist/uPlot.min.css';
import './app/tokens.css';
import './app/page.css';
import App from './app/App.svelte';
import { Session } from './session/session.svelte.ts';

const target = document.querySelector('#app');
if (!target) throw new Error('index.html has no #app');
// The worker starts and the texts load at the same time.
const session = new Session();
await session.settings.ready;
mount(App, { target, props: { session } });
