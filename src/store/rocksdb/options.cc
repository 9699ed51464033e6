#include "store/rocksdb/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <thread>

#include "store/rocksdb/info_log.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/merge_operators.h"
#include "store/rocksdb/write_errors.h"

namespace rawhaul {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr uint64_t kMinWriteBuffer = uint64_t{1} << 20;
// Who reads a device, or its feedback, adds up the changes that are not written out yet: so many at most,
// since the next one puts the sum in their place.
constexpr size_t kMaxUnsummed = 32;

// What all families share: one cache, index and filter blocks in it, so that memory is bounded however much
// is stored.
rocksdb::BlockBasedTableOptions TableOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

// LZ4 where data is soon written again; zstd in the last level, where nine tenths of it stay.
rocksdb::ColumnFamilyOptions FamilyOptions(const rocksdb::BlockBasedTableOptions& table,
                                           uint64_t write_buffer) {
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.level_compaction_dynamic_level_bytes = true;
  family.compression = rocksdb::kLZ4Compression;
  family.bottommost_compression = rocksdb::kZSTD;
  family.write_buffer_size = std::max(write_buffer, kMinWriteBuffer);
  // Each family always has something in memory (LogWriter). Of larger blocks that alone could be half of a
  // small store's memory, and RocksDB would write it out again and again.
  family.arena_block_size = family.write_buffer_size / 64;
  return family;
}

// Read in long scans: large blocks compress well and cost nothing. LZ4 in the last level, too: exports read
// all of it, and zstd would take as long to unpack as the rest of their work on a row.
rocksdb::ColumnFamilyOptions RecordsFamily(rocksdb::BlockBasedTableOptions table, uint64_t write_buffers) {
  table.block_size = 64 << 10;
  rocksdb::ColumnFamilyOptions family = FamilyOptions(table, write_buffers / 2);
  family.bottommost_compression = rocksdb::kLZ4Compression;
  // Batches of one app, kind and hour come in order, so each is put beside the last one of its hour.
  family.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(keys::kRecordHourPrefix));
  return family;
}

// Looked up by key: small blocks, and a bloom filter that is kept in parts, since ids are spread evenly and a
// whole filter may be larger than the cache.
rocksdb::BlockBasedTableOptions ForLookups(rocksdb::BlockBasedTableOptions table) {
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.partition_filters = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  return table;
}

// What is not there is asked for most of all (new devices, new batches): filters, also of what is not on disk
// yet, say so without a search.
rocksdb::ColumnFamilyOptions LookupFamily(const rocksdb::BlockBasedTableOptions& table,
                                          uint64_t write_buffer) {
  rocksdb::ColumnFamilyOptions family = FamilyOptions(ForLookups(table), write_buffer);
  family.memtable_whole_key_filtering = true;
  family.memtable_prefix_bloom_size_ratio = 0.02;
  return family;
}

rocksdb::ColumnFamilyOptions DevicesFamily(const rocksdb::BlockBasedTableOptions& table,
                                           uint64_t write_buffers) {
  rocksdb::ColumnFamilyOptions family = LookupFamily(table, write_buffers / 4);
  family.merge_operator = MakeDeviceMerge();
  family.max_successive_merges = kMaxUnsummed;
  return family;
}

rocksdb::ColumnFamilyOptions FeedbackFamily(const rocksdb::BlockBasedTableOptions& table,
                                            uint64_t write_buffers) {
  rocksdb::ColumnFamilyOptions family = FamilyOptions(table, write_buffers / 8);
  family.merge_operator = MakeFeedbackMerge();
  family.max_successive_merges = kMaxUnsummed;
  return family;
}

rocksdb::ColumnFamilyOptions DedupeFamily(const rocksdb::BlockBasedTableOptions& table,
                                          uint64_t write_buffers, const rocksdb::CompactionFilter* filter) {
  rocksdb::ColumnFamilyOptions family = LookupFamily(table, write_buffers / 8);
  family.compaction_filter = filter;
  // A file that nothing else compacts would keep its ids for ever.
  family.periodic_compaction_seconds = static_cast<uint64_t>(seconds(days(1)).count());
  return family;
}

}  // namespace

rocksdb::DBOptions MakeDatabaseOptions(const EmbeddedStoreOptions& options, rocksdb::Env* env) {
  rocksdb::DBOptions db;
  db.env = env;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.paranoid_checks = true;
  // The last write of a log may be there in part, and was not acknowledged then (log_files.h). Damage before
  // acknowledged data is another thing: kPointInTimeRecovery would open without what stands behind it, this
  // mode refuses to open and says so.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // Of every byte of a table, also of those that no block's checksum covers; kept in the manifest.
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // RocksDB 7.8 could note in the manifest which logs there are. It would do so at the end of the first write
  // into a new log, and where that fails refuse the write and store it all the same.
  db.track_and_verify_wals_in_manifest = false;
  // What is appended to a manifest can be torn by a loss of power as well, in several records of which
  // RocksDB knows no whole. So each change of the tables writes a new one, which counts once it is synced and
  // CURRENT names it.
  db.max_manifest_file_size = 0;
  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes);
  // A family that is rarely written must not keep old logs from being removed.
  db.max_total_wal_size = 4 * options.write_buffer_bytes;
  db.listeners.push_back(MakeWriteErrorListener());
  // Of up to seven jobs one is for flushes (rocksdb/options.h): after an error only one that had not begun
  // can be forgotten, see write_errors.h.
  db.max_background_jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2u, 7u));
  db.max_open_files = 512;
  // Whatever matters is in the log.
  db.avoid_flush_during_shutdown = true;
  db.bytes_per_sync = 1 << 20;
  db.compaction_readahead_size = 2 << 20;
  db.info_log = MakeInfoLog();
  db.stats_dump_period_sec = 0;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const EmbeddedStoreOptions& options,
                                                          const rocksdb::CompactionFilter* dedupe_filter) {
  const auto table = TableOptions(rocksdb::NewLRUCache(options.block_cache_bytes));
  const uint64_t write_buffers = options.write_buffer_bytes;
  return {
      {rocksdb::kDefaultColumnFamilyName, FamilyOptions(table, kMinWriteBuffer)},
      {"records", RecordsFamily(table, write_buffers)},
      {"devices", DevicesFamily(table, write_buffers)},
      {"feedback", FeedbackFamily(table, write_buffers)},
      {"dedupe", DedupeFamily(table, write_buffers, dedupe_filter)},
      {"users", FamilyOptions(ForLookups(table), write_buffers / 8)},
      {"memory", LookupFamily(table, write_buffers / 8)},
  };
}

}  // namespace rawhaul
