#include "store/rocksdb/log_writer.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <system_error>

#include "store/rocksdb/log_mark.h"
#include "store/rocksdb/write_errors.h"

namespace rawhaul {
namespace {

LogMark MarkOf(const rocksdb::DB& db) {
  std::string identity;
  db.GetDbIdentity(identity).PermitUncheckedError();
  return LogMark(identity);
}

}  // namespace

LogWriter::LogWriter(rocksdb::DB& db, const Families& families, const EmbeddedStoreOptions& options)
    : db_(db),
      families_(families),
      mark_(MarkOf(db)),
      resume_deadline_(options.resume_deadline),
      resume_patience_(options.resume_patience) {}

rocksdb::Status LogWriter::Write(const rocksdb::WriteBatch& changes) {
  const MutexLock lock(mutex_);
  if (rocksdb::Status resumed = ResumeIfFailed(); !resumed.ok()) return resumed;
  return Note(UnlessStopped(db_, [&]() RAWHAUL_REQUIRES(mutex_) { return Put(changes); }));
}

rocksdb::Status LogWriter::Put(const rocksdb::WriteBatch& changes) {
  if (rocksdb::Status kept = KeepSomethingInMemory(db_, families_); !kept.ok()) return kept;
  while (EndOfLog(db_).log != last_end_.log) {
    if (rocksdb::Status begun = Append(rocksdb::WriteBatch()); !begun.ok()) return begun;
  }
  return Append(changes);
}

rocksdb::Status LogWriter::Append(const rocksdb::WriteBatch& changes) {
  rocksdb::WriteBatch marked = mark_.Put(changes, last_end_);
  rocksdb::WriteOptions options;
  options.sync = true;
  rocksdb::Status written = db_.Write(options, &marked);
  if (written.ok()) {
    last_end_ = EndOfLog(db_);
  } else {
    failed_log_ = CurrentLog(db_);
  }
  return written;
}

rocksdb::Status LogWriter::Resume() {
  const MutexLock lock(mutex_);
  return ResumeIfFailed();
}

rocksdb::Status LogWriter::BetweenWrites(const std::function<rocksdb::Status()>& work) {
  const MutexLock lock(mutex_);
  if (rocksdb::Status resumed = ResumeIfFailed(); !resumed.ok()) return resumed;
  return Note(UnlessStopped(db_, work));
}

rocksdb::Status LogWriter::ResumeIfFailed() {
  if (failure_.ok()) return {};
  if (!resuming_.valid()) {
    try {
      resuming_ = std::async(std::launch::async, [this, failed_log = failed_log_] {
        return ResumeWriting(db_, families_, failed_log, resume_deadline_);
      });
    } catch (const std::system_error&) {  // no thread: another time
      return failure_;
    }
  }
  if (resuming_.wait_for(resume_patience_) == std::future_status::timeout) return failure_;
  rocksdb::Status resumed = Note(resuming_.get());
  if (resumed.ok()) failed_log_.reset();
  return resumed;
}

rocksdb::Status LogWriter::Note(const rocksdb::Status& status) {
  failure_ = status;
  return status;
}

}  // namespace rawhaul
