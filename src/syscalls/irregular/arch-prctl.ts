/** arch_prctl(2) by option: arch/x86/kernel/process_64.c, process.c, shstk.c, Linux 6.6. */
import { writes } from '../argument.js';
import { cases, choice, numberIfNamed } from '../choice.js';
import { ARCH_PRCTL_OPTIONS } from '../constants/prctl.js';
import { choiceOf } from '../kinds/names.js';
import { address, bits64, ulong } from '../kinds/numbers.js';

export const archPrctlOption = choiceOf('arch_prctl option', ARCH_PRCTL_OPTIONS);

export const archPrctlArgument = choice({
  by: 'option',
  cases: cases(ARCH_PRCTL_OPTIONS, {
    ARCH_SET_FS: address,
    ARCH_SET_GS: address,
    ARCH_GET_FS: writes(address),
    ARCH_GET_GS: writes(address),
    ARCH_GET_XCOMP_SUPP: writes(bits64),
    ARCH_GET_XCOMP_PERM: writes(bits64),
    ARCH_GET_XCOMP_GUEST_PERM: writes(bits64),
    ARCH_GET_UNTAG_MASK: writes(bits64),
    ARCH_GET_MAX_TAG_BITS: writes(ulong),
    ARCH_SHSTK_STATUS: writes(bits64),
  }),
  otherwise: numberIfNamed(ARCH_PRCTL_OPTIONS),
});
