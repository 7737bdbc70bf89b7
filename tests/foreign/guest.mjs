// pusher-js as a client under test of `realtime rig`, its timers faster than they are; ends with our stdin.
//
// argv: the rig's port, how many of our seconds are one of pusher-js' (0.1), and channels.
// It does what the rig's status page asks for: whisper on, or unsubscribe from, its last channel.

const [port, pace, ...channels] = process.argv.slice(2);
const wait = globalThis.setTimeout;
globalThis.setTimeout = (act, ms, ...rest) => wait(act, ms * Number(pace), ...rest);
const { default: Pusher } = await import("pusher-js");

const pusher = new Pusher("rig-key", {
  wsHost: "127.0.0.1",
  wsPort: Number(port),
  forceTLS: false,
  enabledTransports: ["ws"],
  cluster: "none",
  disableStats: true,
  channelAuthorization: { endpoint: `http://127.0.0.1:${port}/broadcasting/auth`, transport: "ajax", headers: { Authorization: "Bearer 1|secret-of-a-guest" } },
});
for (const name of channels) pusher.subscribe(name);

const last = channels[channels.length - 1];
const acts = { whisper: () => pusher.channel(last)?.trigger("client-typing", { on: true }), unsubscribe: () => pusher.unsubscribe(last) };
async function obey() {
  const { act } = await (await fetch(`http://127.0.0.1:${port}/rig.json`)).json().catch(() => ({}));
  if (acts[act]) acts[act]();
}
setInterval(() => obey().catch(() => {}), 50);
process.stdin.on("end", () => process.exit(0)).resume();
