/**
 * The system calls that a sandbox is refused, by architecture. A deny-list: it takes away what Node, its addons and
 * ordinary programs never ask for and what kernel exploits start with.
 */

/** Architectures for which a filter can be generated, by `process.arch`. */
export type SeccompArchitecture = 'x64' | 'arm64';

/** `AUDIT_ARCH_*` of linux/audit.h: a call made under another architecture's table kills the process. */
export const auditArchitectures: Readonly<Record<SeccompArchitecture, number>> = {
  x64: 0xc000_003e,
  arm64: 0xc000_00b7,
};

/** Calls whose arguments the filter looks at. */
export const inspectedSyscalls: Readonly<
  Record<SeccompArchitecture, Readonly<Record<'clone' | 'clone3' | 'ioctl' | 'socket' | 'socketpair', number>>>
> = {
  x64: { clone: 56, clone3: 435, ioctl: 16, socket: 41, socketpair: 53 },
  arm64: { clone: 220, clone3: 435, ioctl: 29, socket: 198, socketpair: 199 },
};

/** name: [x64, arm64]; null where the architecture does not have the call. Numbers from the kernel's unistd headers. */
const refused: Readonly<Record<string, readonly [number | null, number | null]>> = {
  // Other processes' memory and descriptors, and with them the sandbox's own supervisor.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  // Mounts and namespaces.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  setns: [308, 268],
  unshare: [272, 97],
  // Large kernel surfaces with a long record of exploits.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  fanotify_init: [300, 262],
  fanotify_mark: [301, 263],
  // The kernel's key rings are not namespaced.
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  // Files past the mount namespace.
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  lookup_dcookie: [212, 18],
  // The machine itself: kernel, modules, clock, names, disks, ports.
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  create_module: [174, null],
  query_module: [178, null],
  get_kernel_syms: [177, null],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  syslog: [103, 116],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  vhangup: [153, 58],
  nfsservctl: [180, 42],
  uselib: [134, null],
  ustat: [136, null],
  sysfs: [139, null],
  _sysctl: [156, null],
  iopl: [172, null],
  ioperm: [173, null],
  modify_ldt: [154, null],
  personality: [135, 92],
  // Memory placement reaches other processes of the same user.
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  mbind: [237, 235],
  set_mempolicy: [238, 237],
  set_mempolicy_home_node: [450, 450],
  // Memory that not even the kernel's dump of a dead sandbox can show.
  memfd_secret: [447, 447],
};

/** Numbers of the calls that answer EPERM on `architecture`. */
export function refusedSyscalls(architecture: SeccompArchitecture): number[] {
  const column = architecture === 'x64' ? 0 : 1;
  return Object.values(refused).flatMap((numbers) => numbers[column] ?? []);
}
