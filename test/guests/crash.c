/* Writes where nothing is, and dies of it. */
int main(void) {
  *(volatile int *)16 = 1;
  return 0;
}
