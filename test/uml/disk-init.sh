#!/bin/sh
# The init of a guest with an ext4 image on ubd0: mounts it, reads what was put there, writes,
# unmounts. The test checks the image on the host afterwards.
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/disk
mount -t ext4 /dev/ubda /run/disk && echo "ok mounted"
cd /run/disk || exit 1
[ "$(cat from-host)" = "from the host" ] && echo "ok read"
mkdir folder
seq 1 20000 > folder/numbers
ln -s numbers folder/link
ln folder/numbers hard
dd if=/dev/zero of=zeros bs=4096 count=64 2> /dev/null
rm from-host
echo "from the guest" > from-guest
sync
cp folder/numbers folder/again
mv folder/again moved
md5sum < folder/link | cut -c 1-32
cd /
umount /run/disk && echo "ok unmounted"
mount -t ext4 -o ro /dev/ubda /run/disk && [ "$(cat /run/disk/from-guest)" = "from the guest" ] && echo "ok mounted again"
umount /run/disk
echo "ok end"
"$GUESTS/poweroff-static"
