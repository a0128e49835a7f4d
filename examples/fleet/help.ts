/** Fits a screen of 24 lines and 80 columns, with the prompt below it. */
export const help = `Crawls sites by several processes, which are paused together from any terminal.
Usage: npm run fleet -- [URL…] [options]           without a URL: a demo
       npm run fleet -- pause [HOST] [--reason R]  until nothing moves any more
       npm run fleet -- resume [HOST]
       npm run fleet -- abort [HOST] [--reason R]  forgets what waits there
       npm run fleet -- status [HOST] [--json]
       npm run fleet -- pages [HOST]               what was visited (JSON lines)
  --redis URL      share a Redis, such as redis://127.0.0.1:6379 (FLEET_REDIS)
  --name NAME      of the crawl on that Redis (fleet)
  --dir DIR        without Redis: the folder of the crawl (crawl-fleet)
  --processes N    that this command starts (2; without Redis always 1)
  --concurrency N  hosts at once in each (8), one page of a host at a time
  --lease S        how soon the hosts of a dead process go to others (15)
  --fresh          forget the crawl, and start over
Commands need the same --redis, --name and --dir as the crawl. Ctrl-C stops, and
the same command continues, also after a kill -9 of any of the processes.
Exit codes: 0 done, 1 error, 2 usage, 3 stopped with work left, or still moving.
All of it: docs/fleet.md
`;
