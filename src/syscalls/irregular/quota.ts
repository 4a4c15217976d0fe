/** quotactl(2) by command: fs/quota/quota.c, include/uapi/linux/quota.h, dqblk_xfs.h, Linux 6.6. */
import { QUOTA_COMMANDS } from '../constants/quota.js';
import { reads, updates, writes } from '../argument.js';
import { choice } from '../choice.js';
import { opaque, path } from '../kinds/bytes.js';
import { choiceOf } from '../kinds/names.js';
import { address, scalar, uint } from '../kinds/numbers.js';

/** The command without the type of quota (SUBCMDSHIFT). */
const TYPE_BITS = 8;
const names = choiceOf('quota command', QUOTA_COMMANDS);
export const quotaCommand = scalar('quota command', {
  bytes: 4,
  show: (value) => `QCMD(${names.show(value >> BigInt(TYPE_BITS))}, ${value & 0xffn})`,
});

const limits = opaque('if_dqblk', 72);
const information = opaque('if_dqinfo', 24);
const diskQuota = opaque('fs_disk_quota', 112);

export const quotaArgument = choice({
  by: 'command',
  key: (command) => command >>> TYPE_BITS,
  cases: new Map([
    [QUOTA_COMMANDS.Q_QUOTAON, reads(path)],
    [QUOTA_COMMANDS.Q_GETFMT, writes(uint)],
    [QUOTA_COMMANDS.Q_GETINFO, writes(information)],
    [QUOTA_COMMANDS.Q_SETINFO, reads(information)],
    [QUOTA_COMMANDS.Q_GETQUOTA, writes(limits)],
    [QUOTA_COMMANDS.Q_SETQUOTA, reads(limits)],
    [QUOTA_COMMANDS.Q_GETNEXTQUOTA, writes(limits)],
    [QUOTA_COMMANDS.Q_XQUOTAON, reads(uint)],
    [QUOTA_COMMANDS.Q_XQUOTAOFF, reads(uint)],
    [QUOTA_COMMANDS.Q_XQUOTARM, reads(uint)],
    [QUOTA_COMMANDS.Q_XGETQUOTA, writes(diskQuota)],
    [QUOTA_COMMANDS.Q_XSETQLIM, reads(diskQuota)],
    [QUOTA_COMMANDS.Q_XGETNEXTQUOTA, writes(diskQuota)],
    [QUOTA_COMMANDS.Q_XGETQSTAT, writes(opaque('fs_quota_stat', 80))],
    [QUOTA_COMMANDS.Q_XGETQSTATV, updates(opaque('fs_quota_statv', 160))],
  ] as [number, ReturnType<typeof reads>][]),
  otherwise: address,
});
