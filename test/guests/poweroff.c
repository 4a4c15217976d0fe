/* Ends a guest kernel at once: poweroff, poweroff reboot, poweroff halt. For use inside a guest. */
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "off";
  sync();
  reboot(strcmp(how, "reboot") == 0 ? RB_AUTOBOOT : strcmp(how, "halt") == 0 ? RB_HALT_SYSTEM : RB_POWER_OFF);
  return 1;
}
