/*
 * A guest with effects on its host: effects FOLDER PORT PID. It writes, renames and removes files
 * in FOLDER, sends a datagram to 127.0.0.1:PORT, sends SIGUSR1 to process PID, and kills its own
 * child. A replay must do none of it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "expect.h"

static void write_files(void) {
  int fd = open("written", O_WRONLY | O_CREAT | O_APPEND, 0644);
  EXPECT(fd >= 0);
  EXPECT_SAME(write(fd, "one more line\n", 14), 14);
  EXPECT_SAME(close(fd), 0);
  EXPECT_SAME(mkdir("folder", 0755), 0);
  EXPECT_SAME(symlink("written", "folder/link"), 0);
  EXPECT_SAME(rename("victim", "renamed"), 0);
  EXPECT_SAME(unlink("condemned"), 0);
  EXPECT_SAME(chmod("written", 0600), 0);
  ok("files written");
}

static void send_datagram(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  EXPECT(fd >= 0);
  EXPECT_SAME(sendto(fd, "datagram", 8, 0, (struct sockaddr *)&to, sizeof to), 8);
  EXPECT_SAME(close(fd), 0);
  ok("datagram sent");
}

static void kill_child(void) {
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  EXPECT_SAME(kill(pid, SIGKILL), 0);
  EXPECT_SAME(waitpid(pid, &status, 0), pid);
  EXPECT_SAME(status, SIGKILL);
  ok("child killed");
}

int main(int count, char **arguments) {
  EXPECT_SAME(count, 4);
  EXPECT_SAME(chdir(arguments[1]), 0);
  write_files();
  send_datagram(atoi(arguments[2]));
  EXPECT_SAME(kill(atoi(arguments[3]), SIGUSR1), 0);
  ok("signal sent");
  kill_child();
  return 0;
}
