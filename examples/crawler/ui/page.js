// The whole script of the page. Text from the web is only ever set as text.
'use strict';

const token = document.querySelector('meta[name="token"]').content;
const byId = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString('en');
const two = (value) => String(value).padStart(2, '0');

let last;
let hasEnded = false;

function clock(ms) {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	const hours = Math.floor(seconds / 3600);
	const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
	return hours > 0 ? `${hours}:${rest}` : rest;
}

function setText(node, text) {
	// What stays as it is must not be read out again.
	if (node.textContent !== text) node.textContent = text;
}

function element(name, {text, className, ...attributes} = {}) {
	const node = document.createElement(name);
	if (text !== undefined) node.textContent = text;
	if (className !== undefined) node.className = className;
	for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
	return node;
}

// ---- Control

async function send(command, host) {
	setProblem('');
	try {
		const response = await fetch('/control', {
			method: 'POST',
			headers: {'content-type': 'application/json', 'x-token': token},
			body: JSON.stringify({command, host}),
		});
		if (response.ok) return;
		const {error} = await response.json().catch(() => ({error: `HTTP ${response.status}`}));
		setProblem(`${command} did not work: ${error}`);
	} catch {
		if (!hasEnded) setProblem(`${command} did not work: the crawler does not answer`);
	}
}

function setProblem(text) {
	byId('problem').hidden = text === '';
	setText(byId('problem'), text);
}

byId('pause').addEventListener('click', () => void send('pause'));
byId('resume').addEventListener('click', () => void send('resume'));
byId('finish').addEventListener('click', () => void send('stop'));

// ---- What is shown

function holdText({reason, since, until}) {
	const now = Date.now();
	if (until === undefined) return `${reason}, ${clock(now - since)}`;
	return `${reason}, ${clock(until - now)} left`;
}

function hostHoldText(hold) {
	return `${hold.by === 'user' ? 'paused' : 'held'}: ${holdText(hold)}`;
}

function stateText({state, counts, holds}) {
	if (state === 'pausing' || state === 'stopping') return `${state} (${counts.running} in flight)`;
	return state === 'paused' && holds.length > 0 ? `paused (${holdText(holds[0])})` : state;
}

const finalStates = new Set(['completed', 'stopped', 'failed']);

function showState(status) {
	const state = byId('state');
	setText(state, stateText(status));
	state.dataset.state = status.state;
	// Without the time, which would be read out each second.
	setText(byId('said'), [status.state, ...status.holds.map(({reason}) => reason)].join(', '));
	document.title = `${status.state}, ${number(status.counts.done)} done`;
	const isPaused = status.holds.length > 0;
	const isOver = hasEnded || finalStates.has(status.state);
	byId('pause').disabled = isOver || isPaused;
	byId('resume').disabled = isOver || !isPaused;
	byId('finish').disabled = hasEnded;
	// What is left to end is the page.
	setText(byId('finish'), isOver ? 'Close' : 'Finish');
	byId('finish').title = isOver
		? 'Close this page: the crawler ends'
		: 'Finish what is in flight, save, and end';
}

const counters = new Map();

// How pages ended of which there is a list.
const listed = new Set(['failed', 'skipped']);

function showCounter(label, text, isBad = false) {
	let value = counters.get(label);
	if (value === undefined) {
		const group = element('div');
		value = listed.has(label) ? listOpener(label) : element('dd');
		group.append(element('dt', {text: label}), value.closest('dd') ?? value);
		byId('counts').append(group);
		counters.set(label, value);
	}
	setText(value, text);
	value.className = isBad ? 'bad' : '';
	if (listed.has(label)) value.disabled = text === '0' || (hasEnded && openList !== label);
}

function listOpener(ending) {
	const button = element('button', {
		type: 'button',
		'aria-controls': 'list',
		title: `Show what ${ending === 'failed' ? 'failed' : 'was skipped'}, and why`,
	});
	button.addEventListener('click', () => void openListOf(ending));
	element('dd').append(button);
	return button;
}

// ---- The list of what failed, or was skipped

let openList;
let shownCount = 0;

async function openListOf(ending) {
	openList = ending;
	await loadList();
	byId('list').hidden = false;
	byId('list-title').focus();
}

async function loadList() {
	const ending = openList;
	shownCount = last.status.counts[ending];
	try {
		const response = await fetch(`/${ending}`);
		if (!response.ok) throw new Error(`HTTP ${response.status}`);
		showList(ending, await response.json());
	} catch {
		if (!hasEnded) setProblem(`the list of what ${ending} could not be had`);
	}
}

function showList(ending, {reasons, pages}) {
	const all = last.status.counts[ending];
	const some = pages.length < all ? `, the last ${number(pages.length)} of them` : '';
	setText(byId('list-title'), `${ending === 'failed' ? 'Failed' : 'Skipped'}: ${number(all)}${some}`);
	byId('reasons').replaceChildren(
		...reasons.map(({reason, count}) => element('li', {text: `${number(count)} × ${reason}`})),
	);
	byId('list-pages').replaceChildren(
		...pages.map(({url, error, from}) => {
			const row = element('tr');
			row.append(
				element('td', {className: ending, text: error ?? '', 'data-label': 'Reason'}),
				addressCell(url, 'URL'),
				from === undefined
					? element('td', {'data-label': 'Found on', text: 'given'})
					: addressCell(from, 'Found on'),
			);
			return row;
		}),
	);
}

byId('list-close').addEventListener('click', () => {
	const opener = counters.get(openList);
	openList = undefined;
	byId('list').hidden = true;
	opener?.focus();
});

function refreshList({counts}) {
	if (openList !== undefined && !hasEnded && counts[openList] !== shownCount) void loadList();
}

function showCounts({counts, maxPages, pagesPerSecond, bytesPerSecond, activeMs, pausedMs, etaMs}) {
	const left = counts.waiting + counts.running + counts.held;
	const ended = counts.done + counts.redirected + counts.skipped + counts.failed;
	showCounter('done', number(counts.done));
	showCounter('waiting', number(counts.waiting));
	showCounter('in flight', number(counts.running));
	showCounter('held', number(counts.held));
	showCounter('failed', number(counts.failed), counts.failed > 0);
	showCounter('skipped', number(counts.skipped));
	showCounter('redirects', number(counts.redirected));
	showCounter('pages/s', pagesPerSecond.toFixed(1));
	showCounter('MB/s', (bytesPerSecond / 1e6).toFixed(2));
	showCounter('MB', (counts.bytes / 1e6).toFixed(2));
	showCounter('active', clock(activeMs));
	showCounter('paused', clock(pausedMs));
	showCounter('ETA', etaMs === undefined || left === 0 ? '-' : clock(etaMs));
	const known = ended + left;
	// The crawl ends with its limit, or when nothing is left: whichever is nearer.
	const limited = maxPages === undefined ? 0 : counts.done / maxPages;
	const isLimited = limited > ended / Math.max(1, known);
	const share = Math.min(1, isLimited ? limited : ended / Math.max(1, known));
	byId('share').value = share;
	const whole = isLimited ? `${number(maxPages)} pages asked for` : `${number(known)} URLs that are known`;
	setText(byId('percent'), known === 0 ? '' : `${Math.floor(100 * share)} % of the ${whole}`);
}

function showChart(history) {
	const total = history.reduce((sum, {seconds}) => sum + seconds, 0);
	const rate = ({pages, seconds}) => (seconds > 0 ? pages / seconds : 0);
	const peak = Math.max(1, ...history.map(rate));
	const scale = 1000 / Math.max(total, 30);
	let at = 0;
	let pauses = '';
	let pauseCount = 0;
	let wasPaused = false;
	const rates = ['M0 200'];
	for (const sample of history) {
		const width = sample.seconds * scale;
		const height = (rate(sample) / peak) * 190;
		rates.push(`L${at.toFixed(1)} ${(200 - height).toFixed(1)}h${width.toFixed(1)}`);
		const isPaused = sample.pausedSeconds > sample.seconds / 2;
		if (isPaused) pauses += `M${at.toFixed(1)} 0h${width.toFixed(1)}v200h${(-width).toFixed(1)}z`;
		if (isPaused && !wasPaused) pauseCount++;
		wasPaused = isPaused;
		at += width;
	}
	rates.push(`L${at.toFixed(1)} 200z`);
	byId('rates').setAttribute('d', rates.join(''));
	byId('pauses').setAttribute('d', pauses);
	setText(byId('peak'), peak.toFixed(1));
	setText(
		byId('chart-text'),
		`The last ${clock(1000 * total)}: at most ${peak.toFixed(1)} pages a second, paused ${pauseCount === 1 ? 'once' : `${pauseCount} times`}.`,
	);
}

const hostRows = new Map();

// A row stays where it is, so that a button does not slip away from under the pointer.
function hostRow(host) {
	const row = element('tr');
	const cells = ['Done', 'Waiting', 'In flight', 'Failed'].map((label) =>
		element('td', {className: 'number', 'data-label': label}),
	);
	const held = element('td', {className: 'held'});
	const pause = element('button', {type: 'button', text: 'Pause', 'aria-label': `Pause ${host}`});
	const resume = element('button', {type: 'button', text: 'Resume', 'aria-label': `Resume ${host}`});
	pause.addEventListener('click', () => void send('pause', host));
	resume.addEventListener('click', () => void send('resume', host));
	const control = element('td', {className: 'control'});
	control.append(pause, resume);
	row.append(element('th', {text: host, scope: 'row'}), ...cells, held, control);
	byId('hosts').append(row);
	return {row, cells, held, pause, resume};
}

function showHosts({hosts, hostCount}) {
	setText(byId('host-count'), hostCount > hosts.length ? `${hosts.length} of ${number(hostCount)}` : '');
	const names = new Set(hosts.map(({host}) => host));
	for (const [host, {row}] of hostRows) {
		if (names.has(host)) continue;
		row.remove();
		hostRows.delete(host);
	}
	for (const status of hosts) {
		const shown = hostRows.get(status.host) ?? hostRow(status.host);
		hostRows.set(status.host, shown);
		const {done, waiting, running, held, failed} = status;
		const values = [done, waiting, running, failed].map(number);
		if (held > 0) values[2] = `${number(held)} held`;
		for (const [index, value] of values.entries()) setText(shown.cells[index], value);
		setText(shown.held, status.holds.map(hostHoldText).join('; '));
		const isOver = hasEnded || finalStates.has(last.status.state);
		shown.pause.disabled = isOver;
		// What a server asked for ends by itself.
		shown.resume.disabled = isOver || !status.holds.some(({by}) => by === 'user');
	}
}

function addressCell(url, label) {
	const address = element('td', {className: 'url', 'data-label': label});
	if (/^https?:\/\//.test(url))
		address.append(element('a', {text: url, href: url, rel: 'noreferrer noopener', target: '_blank'}));
	else address.textContent = url;
	return address;
}

function pageRow({ending, status, url, title, error, ms}) {
	const row = element('tr');
	const cameTo = status === undefined ? ending : `${ending} ${status}`;
	row.append(
		element('td', {className: ending, text: cameTo, 'data-label': 'Came to'}),
		addressCell(url, 'URL'),
		element('td', {text: error ?? title ?? '', 'data-label': error === undefined ? 'Title' : 'Reason'}),
		element('td', {className: 'number', text: number(ms), 'data-label': 'ms'}),
	);
	return row;
}

const shownRows = new Map();

function showRows(id, records) {
	const key = JSON.stringify(records);
	if (key === shownRows.get(id)) return;
	shownRows.set(id, key);
	byId(id).replaceChildren(...records.map(pageRow));
}

function show() {
	if (last === undefined) return;
	showState(last.status);
	showCounts(last.status);
	showChart(last.history);
	showHosts(last.status);
	showRows('sitemaps', last.status.sitemaps);
	byId('sitemaps-section').hidden = last.status.sitemaps.length === 0;
	showRows('pages', last.status.lastPages);
	refreshList(last.status);
}

byId('what').hidden = byId('what').textContent === '';
byId('where').hidden = byId('where').textContent === 'kept in ';

// ---- News

const events = new EventSource('/events');

events.addEventListener('status', ({data}) => {
	last = JSON.parse(data);
	show();
});

events.addEventListener('end', () => {
	hasEnded = true;
	events.close();
	show();
	setText(
		byId('problem'),
		'The crawler has ended and no longer serves this page: what it shows is the end. Export or status have the rest.',
	);
	byId('problem').className = 'over';
	byId('problem').hidden = false;
});

events.addEventListener('full', () => {
	events.close();
	setProblem('Too many look at this crawl already.');
});

events.addEventListener('error', () => {
	if (hasEnded) return;
	setText(byId('state'), 'connection lost');
	byId('state').dataset.state = 'lost';
});
