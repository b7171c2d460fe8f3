// Fuse.js as a show's static site runs it: the first line holds the documents, each
// further line a question; a line of [[index, score], ...] answers it.
const readline = require("node:readline");
const path = require("node:path");

const Fuse = require(path.resolve(process.argv[2], "fuse.js"));

const options = {
  shouldSort: true,
  includeScore: true,
  threshold: 0.0,
  tokenize: true,
  location: 0,
  distance: 100,
  maxPatternLength: 32,
  minMatchCharLength: 1,
  keys: [
    { name: "title", weight: 0.8 },
    { name: "contents", weight: 0.5 },
    { name: "categories", weight: 0.3 },
  ],
};

let fuse = null;
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const read = JSON.parse(line);
  if (fuse === null) {
    fuse = new Fuse(read.map((document, at) => ({ at, ...document })), options);
    return;
  }
  const found = fuse.search(read).slice(0, 10);
  process.stdout.write(JSON.stringify(found.map(({ item, score }) => [item.at, score])) + "\n");
});
