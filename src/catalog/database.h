// The catalog's connection to its database. SOCI stays in the .cc files of this folder.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <type_traits>

#include "base/mutex.h"
#include "base/result.h"
#include "catalog/migrations.h"

namespace soci {
class session;
}

namespace rawhaul {

// Thread-safe. One session behind a mutex, no pool: every statement of the catalog is a look-up by key, a
// short list or one commit, and SQLite lets one connection write at a time anyway. Threads of this process
// then wait for a mutex, which is fair and quick, and only other processes meet SQLite's polling for its file
// lock.
class Database {
 public:
  // SQLite in `file`, made when missing, with the schema that it has.
  static Result<std::unique_ptr<Database>> OpenSqlite(const std::filesystem::path& file);
  ~Database();

  // Brings it to the last of `migrations`. kConflict when it is further already.
  Status Migrate(std::span<const Migration> migrations);
  // Whether it is at the last of `migrations`: else kConflict, with the reason kOldSchema where it is before.
  Status CheckSchema(std::span<const Migration> migrations);

  // Writes next to nothing, durably. kUnavailable when that fails.
  Status CheckWritable();

  // Calls `work`, which returns a Result or Status, with the session. An exception becomes an error.
  template <typename Work>
  std::invoke_result_t<const Work&, soci::session&> Run(const Work& work) {
    const MutexLock lock(mutex_);
    try {
      return work(*session_);
    } catch (...) {
      return Fail(CurrentError());
    }
  }

 private:
  explicit Database(std::filesystem::path file);
  // As Run, of what is done while the catalog is being opened.
  template <typename Work>
  Status Open(const Work& work);
  Error CurrentError() const RAWHAUL_REQUIRES(mutex_);

  const std::filesystem::path file_;
  Mutex mutex_;
  const std::unique_ptr<soci::session> session_ RAWHAUL_PT_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
