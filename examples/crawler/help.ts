/** Fits a screen of 24 lines and 80 columns, with the prompt below it. */
export const help = `Crawls sites, can be paused and stopped at any moment, and goes on where it was.
Usage: npm start -- [crawl] [URL…] [options]      without a URL: a demo
       npm start -- status DIR [--json]           of a crawl, running or not
       npm start -- pause DIR [--host H] [--for 10m|--until 22:00] [--reason R]
       npm start -- resume DIR [--host H] | stop DIR [--now]
       npm start -- export DIR [--format jsonl|csv] [--only page|failed|…]
  --dir DIR        the folder of the crawl (crawl-HOST); the same again goes on
  --fresh          forget what is in there         --paused  start paused
  --retry-failed   pages that failed wait again
  --concurrency N  pages in flight (8)             --per-host N  of a host (2)
  --delay MS       between two of a host (0)       --timeout S  a request (60)
  --max-pages N    in all                          --max-depth N  links away
  --include RE     only URLs that match            --exclude RE  none that match
  --user-agent UA  also for robots.txt             --ignore-robots
  --save-pages     keep the bodies in DIR          --json  lines, no display
  --ui PORT        a live page (0: any port)       --keep-ui  after the end, too
Keys: p pause, r resume, 1-9 pause or resume that host, s status, q finish and
save, h help. Ctrl-C: finish and save; again: abort what is in flight, and save;
again: exit now. Whichever it is, the same command goes on afterwards.
Exit codes: 0 done, 1 error, 2 usage, 3 stopped or paused with work left.
All of it: docs/crawler.md
`;
