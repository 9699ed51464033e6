// What happens after the disk did not take something.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "store/rocksdb/log_mark.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class EventListener;
class Status;
}  // namespace rocksdb

namespace rawhaul {

// Logs when the store stops taking writes, and when it takes them again. Where RocksDB takes no more writes,
// it leaves it to the next write to try again at once (ResumeWriting), and never to RocksDB itself. Any I/O
// error can be resumed from.
std::shared_ptr<rocksdb::EventListener> MakeWriteErrorListener();
// Tells the listener of a database that it is open. From then on no error counts before the flush that is
// asked for has begun: ResumeWriting() could wait for one for ever.
void WatchFlushes(rocksdb::DB& db);
// Calls `write`, which may ask for flushes, unless an error has come that may not count yet: then returns
// that, and ResumeWriting() is next. One at a time.
rocksdb::Status UnlessStopped(const rocksdb::DB& db, const std::function<rocksdb::Status()>& write);

// Sees to it that each of `families` has something in memory, and that no memory is due to be written out in
// the write that follows. The log is not touched.
rocksdb::Status KeepSomethingInMemory(rocksdb::DB& db,
                                      const std::vector<rocksdb::ColumnFamilyHandle*>& families);

// The number of the log that the next write goes to; nullopt when RocksDB does not say.
std::optional<uint64_t> CurrentLog(rocksdb::DB& db);
// Where that log ends on disk; none when RocksDB does not say.
LogPosition EndOfLog(rocksdb::DB& db);

// Makes a database write again that had something of all `families` in memory when writing `failed_log`
// failed. On success RocksDB has left that log: nothing will be written to it, and no start will read it.
// Only a log that is empty may be used on: the write that failed was refused before it got there. Nobody may
// write into the log, or write memory out, meanwhile.
//
// It waits for compactions that are under way, however long they take. What comes then can wait for ever in
// RocksDB 7.8: a flush that was asked for but had not begun when the error came, or when an earlier
// resumption gave up, is neither begun nor asked for again. Most of the ways to get there are closed; after
// the others, and when RocksDB would go on with the failed log, only a new process helps. So this one ends
// when `deadline` has passed, with the status kResumeFailed. What was acknowledged is on disk.
rocksdb::Status ResumeWriting(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                              std::optional<uint64_t> failed_log, std::chrono::milliseconds deadline);
inline constexpr int kResumeFailed = 75;  // EX_TEMPFAIL of sysexits.h

}  // namespace rawhaul
