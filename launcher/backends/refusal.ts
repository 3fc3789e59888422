/**
 * Why bubblewrap cannot run here, and what mends it: one line of each.
 */
import { existsSync, readFileSync } from 'node:fs';

export interface Refusal {
  readonly reason: string;
  /** A command, or a short instruction where no command helps. */
  readonly remedy: string;
}

function setting(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

const installers: readonly (readonly [RegExp, string])[] = [
  [/debian|ubuntu/, 'sudo apt-get install bubblewrap'],
  [/fedora|rhel|centos/, 'sudo dnf install bubblewrap'],
  [/suse/, 'sudo zypper install bubblewrap'],
  [/arch/, 'sudo pacman -S bubblewrap'],
  [/alpine/, 'sudo apk add bubblewrap'],
];

/** The command that installs bubblewrap on the system that /etc/os-release describes. */
export function installCommand(osRelease = setting('/etc/os-release') ?? ''): string {
  const names = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].map((match) => match[1]).join(' ');
  return installers.find(([system]) => system.test(names))?.[1] ?? 'install the package bubblewrap';
}

export function notInstalled(): Refusal {
  return { reason: 'bubblewrap is not installed (no bwrap in PATH)', remedy: installCommand() };
}

/** The profile that lets bubblewrap, and only it, make user namespaces where AppArmor forbids them (Ubuntu 24.04). */
export function appArmorCommand(bubblewrap: string): string {
  const profile = `abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap ${bubblewrap} flags=(unconfined) {\\n  userns,\\n}\\n`;
  return `printf '${profile}' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap`;
}

function insideContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv');
}

/** What a failed trial means; `complaint` is what the trial printed. */
export function refusalOf(bubblewrap: string, complaint: string): Refusal {
  const said =
    complaint
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .at(-1) ?? 'it said nothing';
  const aboutNamespaces = /uid map|namespace|No permissions|Operation not permitted|loopback/i.test(complaint);
  if (!aboutNamespaces) return { reason: `bubblewrap fails (${said})`, remedy: 'see tsmpi doctor' };
  if (setting('/proc/sys/user/max_user_namespaces') === '0') {
    return {
      reason: `user namespaces are switched off (${said})`,
      remedy: 'sudo sysctl user.max_user_namespaces=15000',
    };
  }
  if (setting('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return {
      reason: `user namespaces are for root only (${said})`,
      remedy: 'sudo sysctl kernel.unprivileged_userns_clone=1',
    };
  }
  if (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return { reason: `AppArmor forbids bubblewrap user namespaces (${said})`, remedy: appArmorCommand(bubblewrap) };
  }
  const remedy = insideContainer()
    ? 'start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined (or --privileged)'
    : 'allow user namespaces on this machine';
  return { reason: `user namespaces are refused (${said})`, remedy };
}
