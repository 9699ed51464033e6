// The ordered end of an export: segments become files, files become staged blocks.
#pragma once

#include <cstdint>
#include <memory>
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

struct StagedFile {
  std::string blob;  // relative to the container's prefix
  uint32_t blocks = 0;
  ExportedFile file;
};

// Used by one thread. Nothing becomes visible by it: staged files are committed by the caller.
class FileWriter {
 public:
  // With `numbered`, files are "_00001", "_00002"..., and there must be several; without, there must be one.
  // Blocks are cut behind the first segment with which they reach `block_bytes`.
  FileWriter(const ExportTask& task, bool numbered, uint64_t block_bytes, const std::string& prefix,
             BlockUploader& uploader);

  Status Append(Segment segment);
  // Ends the last file and waits until all is staged. An export without data has one file, too.
  Result<std::vector<StagedFile>> Finish();

 private:
  void OpenFile();
  Status CloseFile();
  // `text`, compressed apart.
  ByteBuffer Pack(std::string_view text);
  Status WriteText(std::string_view text);
  Status Write(FileBytes packed);
  Status StageBlock();

  const ExportTask& task_;
  const bool numbered_;
  const uint64_t block_bytes_;
  const std::string prefix_;
  BlockUploader& uploader_;
  const std::unique_ptr<Compressor> compressor_;
  const FileFrame frame_;

  std::vector<StagedFile> files_;  // the last one is open, if is_open_
  bool is_open_ = false;
  uint64_t plain_bytes_ = 0;  // of the open file
  Sha256Stream hash_;
  std::vector<FileBytes> block_;
  uint64_t bytes_in_block_ = 0;
};

}  // namespace rawhaul
