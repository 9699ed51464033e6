#include "exporter/file_writer.h"

#include <algorithm>
#include <utility>

#include "exporter/encoded_span.h"
#include "exporter/file_names.h"

namespace rawhaul {

FileWriter::FileWriter(const ExportTask& task, bool numbered, uint64_t block_bytes, const std::string& prefix,
                       BlockUploader& uploader)
    : task_(task),
      numbered_(numbered),
      block_bytes_(block_bytes),
      prefix_(prefix),
      uploader_(uploader),
      compressor_(MakeCompressor(task.request.compression)),
      frame_(FrameOf(task.request.type, task.request.format)),
      separator_(Pack(frame_.separator)) {}

Status FileWriter::Append(const Segment& segment) {
  const uint64_t needed = frame_.separator.size() + segment.plain_bytes + frame_.tail.size();
  if (is_open_ && plain_bytes_ + needed > task_.request.max_file_bytes) RAWHAUL_TRY(CloseFile());
  if (!is_open_) {
    if (!files_.empty() && !numbered_) {
      return Fail(ErrorCode::kConflict, "the export needs several files", std::string(kSeveralFiles));
    }
    OpenFile();
    RAWHAUL_TRY(Write(Pack(frame_.head)));
  } else {
    plain_bytes_ += frame_.separator.size();
    RAWHAUL_TRY(Write(separator_));
  }
  plain_bytes_ += segment.plain_bytes;
  ExportedFile& file = files_.back().file;
  file.rows += segment.encoded.rows;
  Widen(file.first, file.last, segment.encoded);
  return Write(segment.bytes);
}

Result<std::vector<StagedFile>> FileWriter::Finish() {
  if (files_.empty()) {
    OpenFile();
    RAWHAUL_TRY(Write(Pack(frame_.head)));
  }
  if (is_open_) RAWHAUL_TRY(CloseFile());
  RAWHAUL_TRY(uploader_.Drain());
  return std::move(files_);
}

void FileWriter::OpenFile() {
  const auto number = numbered_ ? static_cast<unsigned>(files_.size() + 1) : 0;
  StagedFile staged;
  staged.blob = FileName(task_, number);
  staged.file.name = prefix_ + staged.blob;
  files_.push_back(std::move(staged));
  is_open_ = true;
  plain_bytes_ = frame_.head.size();
  hash_ = Sha256Stream();
}

Status FileWriter::CloseFile() {
  RAWHAUL_TRY(Write(Pack(frame_.tail)));
  ExportedFile& file = files_.back().file;
  // Nothing at all is no valid gzip or zstd file; the compressed form of nothing is.
  if (file.bytes == 0 && task_.request.compression != Compression::kNone)
    RAWHAUL_TRY(Write(compressor_->Compress("")));
  if (!block_.empty()) RAWHAUL_TRY(StageBlock());
  file.sha256 = hash_.FinishHex();
  is_open_ = false;
  return {};
}

std::string FileWriter::Pack(const std::string& text) {
  return text.empty() ? text : compressor_->Compress(text);
}

Status FileWriter::Write(std::string_view bytes) {
  hash_.Update(bytes);
  files_.back().file.bytes += bytes.size();
  while (!bytes.empty()) {
    const size_t part = std::min<size_t>(bytes.size(), block_bytes_ - block_.size());
    block_.append(bytes.substr(0, part));
    bytes.remove_prefix(part);
    if (block_.size() == block_bytes_) RAWHAUL_TRY(StageBlock());
  }
  return {};
}

Status FileWriter::StageBlock() {
  StagedFile& staged = files_.back();
  if (staged.blocks == kMaxBlocksPerBlob) {
    return Fail(ErrorCode::kTooLarge, "a file of more than 50,000 blocks: ask for a smaller maxFileBytes");
  }
  return uploader_.Stage(staged.blob, staged.blocks++, std::exchange(block_, {}));
}

}  // namespace rawhaul
