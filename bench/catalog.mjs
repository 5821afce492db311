// The catalog's index alone: how long it takes to load, what it takes of memory, how long 20 typical questions take
// one at a time, and what the event loop feels of it.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { CatalogIndex } from '../dist/catalog/index/catalog-index.js';
import { systemClock } from '../dist/resilience/clock.js';
import { catalogOf } from './support/catalog-data.mjs';
import { questions } from './support/catalog-questions.mjs';
const mib=()=>Math.round(process.memoryUsage().rss/2**20);
const N=Number(process.argv[2]??100000);
console.log('start',mib());
const chunks=[];
let t=performance.now();
const index=await CatalogIndex.open({clock:systemClock});
let made=0,cpu=0;
async function* timed(){for(let it=catalogOf(N);;){const a=performance.now();const c=await it.next();made+=performance.now()-a;if(c.done)return;yield c.value}}
const loop=monitorEventLoopDelay({resolution:1});loop.enable();
const u=process.cpuUsage();
await index.load('e',timed(),{version:1,at:1,sync:{}});
console.log('load',(performance.now()-t-made).toFixed(0),'making',made.toFixed(0),'cpu',process.cpuUsage(u).user/1000,'delay max',loop.max/1e6,'p99',loop.percentile(99)/1e6,'rss',mib());
global.gc?.();console.log('rss',mib(),process.memoryUsage(), index.coverage());
for (const [name,ask] of Object.entries(questions)){
 loop.reset();
 const ts=[];let r;const c0=process.cpuUsage();
 for(let i=0;i<30;i++){const a=performance.now();r=await ask(index,i);ts.push(performance.now()-a)}
 const cu=process.cpuUsage(c0);
 ts.sort((a,b)=>a-b);console.log(name.padEnd(40),'p50',ts[15].toFixed(1),'p99',ts[29].toFixed(1),'cpu',((cu.user+cu.system)/30000).toFixed(1),'delay',(loop.max/1e6).toFixed(1),'found',r?.total??'');
}
console.log('rss',mib());
await index.close();
