// The load of bench/support/load.mjs where wrk is not installed.
import autocannon from 'autocannon';

const { url, paths, headers, connections, seconds } = JSON.parse(process.argv[2]);
const requests = paths.map((path) => ({ method: 'GET', path }));
const {
  requests: sent,
  latency,
  non2xx,
  errors,
  '3xx': unmodified,
} = await autocannon({
  url,
  requests,
  headers,
  connections,
  duration: seconds,
});
const failed = non2xx - unmodified + errors;
console.log(
  `REPORT ${JSON.stringify({ perSecond: Math.round(sent.average), p50: latency.p50, p99: latency.p99, failed })}`,
);
