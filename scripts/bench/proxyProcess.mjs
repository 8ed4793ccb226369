// The delaying proxy as a process: node proxyProcess.mjs RELAY-URL MILLISECONDS HOST
import { DelayingProxy } from "./proxy.mjs";

const [relay = "", ms, host] = process.argv.slice(2);
const { url } = await DelayingProxy.open(relay, Number(ms), host);
console.log(JSON.stringify({ event: "listening", url }));
