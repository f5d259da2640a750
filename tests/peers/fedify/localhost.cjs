// Node resolves no *.localhost names: here they are this machine, as in browsers.
"use strict";
const dns = require("node:dns");

const isLocal = (name) => name === "localhost" || name.endsWith(".localhost");
const systemLookup = dns.lookup;

dns.lookup = (name, options, callback) => {
  const [given, done] = typeof options === "function" ? [{}, options] : [options ?? {}, callback];
  if (!isLocal(name)) return systemLookup(name, given, done);
  const found = { address: "127.0.0.1", family: 4 };
  return process.nextTick(() =>
    given.all ? done(null, [found]) : done(null, found.address, found.family),
  );
};
