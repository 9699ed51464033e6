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

inline constexpr std::string_view kSeveralFiles = "SeveralFiles";

struct StagedFile {
  std::string blob;  // relative to the container's prefix
  uint32_t blocks = 0;
  ExportedFile file;
};

// Used by one thread. Nothing becomes visible by it: staged files are committed by the caller.
class FileWriter {
 public:
  // With `numbered`, files are "_00001", "_00002"...; without, there may be one only.
  FileWriter(const ExportTask& task, bool numbered, uint64_t block_bytes, const std::string& prefix,
             BlockUploader& uploader);

  // The error has the reason kSeveralFiles when a second file would be needed and files are not numbered.
  Status Append(const Segment& segment);
  // Ends the last file and waits until all is staged. An export without data has one file, too.
  Result<std::vector<StagedFile>> Finish();

 private:
  void OpenFile();
  Status CloseFile();
  // `text`, compressed apart.
  std::string Pack(const std::string& text);
  Status Write(std::string_view bytes);
  Status StageBlock();

  const ExportTask& task_;
  const bool numbered_;
  const uint64_t block_bytes_;
  const std::string prefix_;
  BlockUploader& uploader_;
  const std::unique_ptr<Compressor> compressor_;
  const FileFrame frame_;
  const std::string separator_;  // frame_.separator, packed

  std::vector<StagedFile> files_;  // the last one is open, if is_open_
  bool is_open_ = false;
  uint64_t plain_bytes_ = 0;  // of the open file
  Sha256Stream hash_;
  std::string block_;
};

}  // namespace rawhaul
