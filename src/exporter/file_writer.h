// The ordered end of an export: segments become files, files become staged blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "blob/container.h"
#include "exporter/block_uploader.h"
#include "exporter/segment.h"
#include "format/compressor.h"
#include "format/encoder.h"
#include "model/export_task.h"

namespace rawhaul {

// The reason of the error when files were to be numbered and there is one only, or the other way round.
inline constexpr std::string_view kWrongNumbering = "WrongNumbering";

// Keeps files whose blocks are all staged, in order, so that a later run can go on behind them; with the last
// ones the manifest, null before.
using SaveStaged = std::function<Status(std::span<const StagedFile> files, const StagedBlob* manifest)>;

// Used by one thread. Nothing becomes visible by it: staged files are committed by the caller.
class FileWriter {
 public:
  // With `numbered`, files are "_00001", "_00002"..., and there must be several; without, there must be one.
  // Blocks are cut behind the first segment with which they reach `block_bytes`, and a file has at most
  // `max_blocks`.
  FileWriter(const ExportTask& task, bool numbered, uint64_t block_bytes, uint32_t max_blocks,
             const std::string& prefix, BlockUploader& uploader, SaveStaged save);
  // Goes on behind the files of an earlier run, which are saved. Before anything is appended.
  void GoOnBehind(std::vector<StagedFile> files);

  Status Append(Segment segment);
  // Ends the last file and waits until all is staged. An export without data has one file, too.
  Status Finish();
  // All files. REQUIRES Finish.
  const std::vector<StagedFile>& files() const { return files_; }
  // Saves what is not saved yet, and the manifest. REQUIRES Finish.
  Result<Checkpoint> Complete(StagedBlob manifest);
  // After an error: saves what was staged, so that a later run can go on behind it.
  void KeepForLater();

 private:
  void OpenFile();
  // `text`: the last of it.
  Status CloseFile(std::string_view text);
  // Puts the head of the file into the first member or frame of the segment: a reader that stops behind the
  // first one must not take a header without rows for the whole file.
  Status PutHeadInto(Segment& segment);
  // `text`, compressed apart.
  ByteBuffer Pack(std::string_view text);
  Status WriteText(std::string_view text);
  Status Write(FileBytes packed);
  Status StageBlock();
  void TakeReceipts();
  Status SaveWhatIsStaged();

  const ExportTask& task_;
  const bool numbered_;
  const uint64_t block_bytes_;
  const uint32_t max_blocks_;
  const std::string prefix_;
  BlockUploader& uploader_;
  const SaveStaged save_;
  const std::unique_ptr<Compressor> compressor_;
  const FileFrame frame_;

  std::vector<StagedFile> files_;  // the last one is open, if is_open_
  bool is_open_ = false;
  size_t saved_ = 0;            // so many of the first files
  size_t staged_ = 0;           // so many have all their receipts
  uint64_t receipts_ = 0;       // so many of the uploader's are taken
  std::deque<uint64_t> ended_;  // of each file that is closed and not staged: the uploader's count behind it
  uint64_t plain_bytes_ = 0;    // of the open file
  Sha256Stream hash_;
  std::vector<FileBytes> block_;
  uint64_t bytes_in_block_ = 0;
  uint32_t blocks_ = 0;  // of the open file, handed over
};

}  // namespace rawhaul
