# Threads, an asyncio server and its clients, subprocesses, pools of threads and processes, an alarm.
import asyncio, concurrent.futures, multiprocessing, os, queue, signal, subprocess, threading
q = queue.Queue()
def work():
    while (n := q.get()) is not None: found.append(n * n)
found = []
threads = [threading.Thread(target=work) for _ in range(6)]
for t in threads: t.start()
for n in range(100): q.put(n)
for _ in threads: q.put(None)
for t in threads: t.join()
print(sum(found))
async def serve(reader, writer):
    writer.write((await reader.readline()).upper()); await writer.drain(); writer.close()
async def ask(port, text):
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    writer.write(text + b'\n'); answer = await reader.readline(); writer.close(); return answer
async def main():
    server = await asyncio.start_server(serve, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    print(sorted(await asyncio.gather(*(ask(port, b'question %d' % n) for n in range(5)))))
    process = await asyncio.create_subprocess_exec('sh', '-c', 'cat; echo err >&2; exit 3', stdin=-1, stdout=-1, stderr=-1)
    print(await process.communicate(b'input'), process.returncode)
    print(await asyncio.to_thread(lambda: threading.current_thread() is not threading.main_thread()))
    server.close(); await server.wait_closed()
asyncio.run(main())
with concurrent.futures.ThreadPoolExecutor(4) as pool: print(list(pool.map(pow, range(5), range(5))))
if __name__ == '__main__':
    with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(abs, range(-3, 0)))
    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(abs, [-7]))
signal.signal(signal.SIGALRM, lambda *_: print('alarm'))
signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()
child = subprocess.Popen(['sleep', '100']); child.terminate(); print(child.wait())
try: subprocess.run(['sleep', '100'], timeout=0.05)
except subprocess.TimeoutExpired: print('timeout')
