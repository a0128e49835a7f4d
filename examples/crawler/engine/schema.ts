/**
 * The database of a crawl, `crawl.db` in its folder: all of it is described here.
 *
 * What is written together is written in one transaction: a page's end, its place in the queue, the
 * links found on it and the counts of its host. A process that dies leaves the pages in flight as
 * they were before, `waiting`.
 */
export const schemaVersion = 1;

export const schema = `
-- Settings and the state of the crawl, as JSON. 'version': of this schema. 'origins': those it stays on.
-- 'scope': what was asked for, to see when that has changed.
-- 'pause': {by, reason, since, until} while the user pauses it.
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

-- An origin. The counts are those of its rows in 'pages', kept in the same transactions.
CREATE TABLE hosts (
	id INTEGER PRIMARY KEY,
	origin TEXT NOT NULL UNIQUE,     -- 'https://example.org'
	waiting INTEGER NOT NULL DEFAULT 0,
	done INTEGER NOT NULL DEFAULT 0,
	redirected INTEGER NOT NULL DEFAULT 0,
	skipped INTEGER NOT NULL DEFAULT 0,
	failed INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	links INTEGER NOT NULL DEFAULT 0,
	robots TEXT,                     -- JSON: {text, at}, the robots.txt and when it was read
	pause TEXT,                      -- JSON: {by, reason, since, until}, the user's
	backoff TEXT                     -- JSON: {by, reason, since, until, strikes}, the server's
);
CREATE INDEX hosts_waiting ON hosts (id) WHERE waiting > 0;

-- Every URL that was met, once. 'waiting' is the queue, in the order of the ids.
CREATE TABLE pages (
	id INTEGER PRIMARY KEY,
	url TEXT NOT NULL,
	kind TEXT NOT NULL,              -- 'page' or 'sitemap'
	host INTEGER NOT NULL REFERENCES hosts (id),
	state TEXT NOT NULL,             -- 'waiting', 'outside' of what was asked for, or how it ended: 'page',
	                                 -- 'redirect', 'skipped', 'failed'
	depth INTEGER NOT NULL,          -- links from a seed, by the shortest way that is known
	hops INTEGER NOT NULL,           -- redirects in a row that led here, likewise
	source INTEGER,                  -- the page that it was found on first
	final_url TEXT,                  -- where a redirect leads, or what a page calls its canonical URL
	status INTEGER,
	content_type TEXT,
	bytes INTEGER,
	title TEXT,
	fetched_at TEXT,                 -- ISO 8601
	ms INTEGER,                      -- active milliseconds, tries and the waits between them included
	attempts INTEGER,
	error TEXT,                      -- why it is outside, was skipped or failed
	body TEXT,                       -- the file with the body, in the crawl's folder
	UNIQUE (url, kind)
);
CREATE INDEX pages_waiting ON pages (host, id) WHERE state = 'waiting';

-- What leads where, each once: from a row of 'pages' to another.
CREATE TABLE links (
	source INTEGER NOT NULL,
	target INTEGER NOT NULL,
	PRIMARY KEY (source, target)
) WITHOUT ROWID;
`;
