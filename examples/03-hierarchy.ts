// A child is paused while it or anything above it is. Nothing flows up.
import {PausableController} from 'pausable-signal';

const app = new PausableController();
const images = new PausableController({signal: app.signal, name: 'images'});
const videos = new PausableController({signal: app.signal, name: 'videos'});

function show(when: string): void {
	const [all, ...parts] = [app, images, videos].map(({signal}) => {
		if (signal.aborted) return 'aborted';
		return signal.paused ? 'paused' : 'running';
	});
	console.log(`${when}: app ${all}, images ${parts[0]}, videos ${parts[1]}`);
}

videos.pause('no room on the disk');
show('videos paused');

app.pause('laptop on battery');
show('app paused');

const late = new PausableController({signal: app.signal});
console.log('born under a paused parent:', late.signal.paused);

app.resume();
show('app resumed');

images.abort();
show('images aborted');

app.abort();
show('app aborted');

// Prints:
// videos paused: app running, images running, videos paused
// app paused: app paused, images paused, videos paused
// born under a paused parent: true
// app resumed: app running, images running, videos paused
// images aborted: app running, images aborted, videos paused
// app aborted: app aborted, images aborted, videos aborted
