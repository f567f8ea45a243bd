// Run by the build: `npm ci`, once where several builds of one clone start it at the same time.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(process.argv[2]);
const lockFile = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.restored');
const mutex = join(root, 'artifacts', 'npm-restore.lock');
const staleAfterMs = 10 * 60 * 1000;

const isRestored = () => existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lockFile).mtimeMs;

function tryLock() {
  try {
    mkdirSync(mutex);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    // A build that was killed leaves its mark.
    if (Date.now() - statSync(mutex).mtimeMs > staleAfterMs) rmSync(mutex, { recursive: true, force: true });
    return false;
  }
}

mkdirSync(join(root, 'artifacts'), { recursive: true });
let isLocked = false;
while (!isRestored() && !(isLocked = tryLock())) await new Promise(done => setTimeout(done, 200));
try {
  if (!isRestored()) {
    // npm is a .cmd file on Windows, which only a shell starts.
    const npm = spawnSync('npm ci --no-audit --no-fund --loglevel=error', { cwd: root, shell: true, stdio: ['ignore', 'inherit', 'inherit'] });
    if (npm.status === 0) writeFileSync(stamp, '');
    else process.exitCode = 1;
  }
} finally {
  if (isLocked) rmSync(mutex, { recursive: true, force: true });
}
