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
  // SQLite in `file`, made when missing and brought to the last of `migrations`.
  static Result<std::unique_ptr<Database>> OpenSqlite(const std::filesystem::path& file,
                                                      std::span<const Migration> migrations);
  ~Database();

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
  Error CurrentError() const RAWHAUL_REQUIRES(mutex_);

  const std::filesystem::path file_;
  Mutex mutex_;
  const std::unique_ptr<soci::session> session_ RAWHAUL_PT_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
