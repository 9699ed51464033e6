// What happens after the disk did not take something.
#pragma once

#include <chrono>
#include <memory>

namespace rocksdb {
class DB;
class EventListener;
class Status;
}  // namespace rocksdb

namespace rawhaul {

// Logs when the store stops taking writes, and when it takes them again. Where RocksDB takes no more writes,
// it leaves it to the next write to try again at once (DB::Resume); RocksDB by itself looks every five
// seconds whether there is space, and refuses Resume meanwhile. Any I/O error can be resumed from.
std::shared_ptr<rocksdb::EventListener> MakeWriteErrorListener();

// DB::Resume, which in RocksDB 7.8 can wait for ever: a flush that was asked for but had not begun when the
// error came, or when an earlier Resume gave up, is neither begun nor asked for again. Most of the ways to
// get there are closed; after the others only a new process helps, so this one ends when `deadline` has
// passed, with the status kResumeFailed. What was acknowledged is on disk.
rocksdb::Status ResumeWriting(rocksdb::DB& db, std::chrono::milliseconds deadline);
inline constexpr int kResumeFailed = 75;  // EX_TEMPFAIL of sysexits.h

}  // namespace rawhaul
