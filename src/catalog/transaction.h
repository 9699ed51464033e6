// Several statements as one change of the catalog. Brings SOCI: for the .cc files of this folder.
#pragma once

#include <soci/soci.h>

#include <exception>

namespace rawhaul {

// A transaction that takes the write lock at once: one that reads first and then writes could be refused
// half-way. Rolled back unless committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(soci::session& sql) : sql_(sql) { sql_ << "BEGIN IMMEDIATE"; }
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  ~WriteTransaction() {
    if (open_) Rollback();
  }
  void Commit() {
    sql_ << "COMMIT";
    open_ = false;
  }

 private:
  void Rollback() noexcept {
    try {
      sql_ << "ROLLBACK";
    } catch (const std::exception&) {
      // SQLite rolls back by itself after the errors that make ROLLBACK fail.
    }
  }

  soci::session& sql_;
  bool open_ = true;
};

}  // namespace rawhaul
