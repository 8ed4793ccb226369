// Programs of others that move the same files: scp and rsync, directly, through an ssh server
// of our own on loopback with keys of its own; croc through its relay. Those that are not
// installed are left out, with a line that says so.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

/** @typedef {import("./programs.mjs").Bench} Bench */
/**
 * `run` copies the sources into the folder and gives the seconds that the command took.
 * @typedef {{ name: string, run: (out: string) => Promise<number> }} Other
 */

const SSHD = "/usr/sbin/sshd";

/** A port of loopback that was free a moment ago. @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** @param {number} port */
async function answers(port) {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, "127.0.0.1");
    const open = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await delay(50);
  }
  throw new Error(`nothing listens on ${port}`);
}

/** @param {string} program */
const isInstalled = (program) => spawnSync("sh", ["-c", 'command -v "$0"', program]).status === 0;

/**
 * Seconds that a command takes.
 * @param {Bench} bench
 * @param {string[]} command
 */
async function timed(bench, command) {
  const started = performance.now();
  const program = bench.start(command);
  await program.ended;
  if (program.exitCode !== 0) throw new Error(`${command[0]} ended with ${program.exitCode}`);
  return (performance.now() - started) / 1000;
}

/** @param {Bench} bench */
async function sshServer(bench) {
  const folder = bench.path("ssh");
  await mkdir(folder, { mode: 0o700 });
  for (const name of ["host", "user"])
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", `${folder}/${name}`]);
  // The server's separated part wants this folder; it is not ours to choose.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await freePort();
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/user.pub`,
    `PidFile ${folder}/pid`,
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "UsePAM no",
    "Subsystem sftp internal-sftp",
  ];
  await writeFile(`${folder}/config`, `${config.join("\n")}\n`);
  bench.start([SSHD, "-D", "-f", `${folder}/config`]);
  await answers(port);
  const options = [
    `-i${folder}/user`,
    "-oStrictHostKeyChecking=no",
    `-oUserKnownHostsFile=${folder}/known`,
    "-oLogLevel=ERROR",
    "-F/dev/null",
  ];
  return { port, options };
}

/**
 * @param {Bench} bench
 * @param {string[]} sources
 * @param {(text: string) => void} note
 * @returns {Promise<Other[]>}
 */
async function overSsh(bench, sources, note) {
  const there = await access(SSHD).then(
    () => true,
    () => false,
  );
  if (!there || !isInstalled("scp")) {
    note("scp and rsync: no OpenSSH client and server here (openssh-client, openssh-server)");
    return [];
  }
  const { port, options } = await sshServer(bench);
  /** @type {Other[]} */
  const others = [
    {
      name: "scp",
      async run(out) {
        await mkdir(out);
        const target = `127.0.0.1:${out}/`;
        return timed(bench, ["scp", "-q", "-r", `-P${port}`, ...options, ...sources, target]);
      },
    },
  ];
  if (!isInstalled("rsync")) {
    note("rsync: not installed");
    return others;
  }
  const shell = ["ssh", `-p${port}`, ...options].join(" ");
  others.push({
    name: "rsync",
    async run(out) {
      await mkdir(out);
      return timed(bench, ["rsync", "-a", "-e", shell, ...sources, `127.0.0.1:${out}/`]);
    },
  });
  return others;
}

/**
 * @param {Bench} bench
 * @param {string[]} sources
 * @param {(text: string) => void} note
 * @returns {Promise<Other[]>}
 */
async function croc(bench, sources, note) {
  if (!isInstalled("croc")) {
    note("croc: not on PATH");
    return [];
  }
  const port = await freePort();
  const ports = [0, 1, 2, 3, 4].map((n) => port + n).join(",");
  bench.start(["croc", "relay", "--host", "127.0.0.1", "--ports", ports]);
  await answers(port);
  const relay = ["--yes", "--relay", `127.0.0.1:${port}`];
  return [
    {
      name: "croc, through its relay",
      async run(out) {
        await mkdir(out);
        const secret = `1234-bench-${Date.now()}`;
        const env = { CROC_SECRET: secret, HOME: bench.path("croc") };
        const started = performance.now();
        const sender = bench.start(["croc", ...relay, "send", "--no-local", ...sources], env);
        await delay(200);
        const receiver = bench.start(["croc", ...relay, "--out", out], env);
        await Promise.all([sender.ended, receiver.ended]);
        if (receiver.exitCode !== 0) throw new Error(`croc ended with ${receiver.exitCode}`);
        return (performance.now() - started) / 1000;
      },
    },
  ];
}

/**
 * @param {Bench} bench
 * @param {string[]} sources
 * @param {(text: string) => void} note
 */
export async function otherPrograms(bench, sources, note) {
  return [...(await overSsh(bench, sources, note)), ...(await croc(bench, sources, note))];
}
