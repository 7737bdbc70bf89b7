// Serves soketi with the options of its argument until its standard input ends; one line says that it is ready.
const { Server } = require("@soketi/soketi/dist/server");

console.warn = () => {};
const say = console.log;
console.log = () => {};
process.removeAllListeners("warning");
Server.start(JSON.parse(process.argv[2]), () => say("ready"));
process.stdin.on("end", () => process.exit(0)).resume();
