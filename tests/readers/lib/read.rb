# Reads an exported file of crashes in one of several ways and prints its rows as a JSON array of flat objects,
# with extras as text.
# read.rb HOW FILE; HOW is csv, json, json-lines, or first-member, which prints what GzipReader.read finds.
require "csv"
require "json"
require "zlib"

def text_of(path)
  packed = path.end_with?(".gz")
  bytes = packed ? File.open(path, "rb") { |file| Zlib::GzipReader.zcat(file) } : File.binread(path)
  bytes.force_encoding("UTF-8")
end

def with_extras_as_text(row)
  row["extras"] = JSON.generate(row["extras"]) if row["extras"]
  row
end

how, path = ARGV
rows =
  case how
  # row_sep: without it the first line end that is found counts, and that may be one within a text.
  when "csv" then CSV.parse(text_of(path), headers: true, row_sep: "\n").map(&:to_h)
  when "json"
    JSON.parse(text_of(path)).flat_map do |element|
      element.delete("crashes").map { |crash| with_extras_as_text(element.merge(crash)) }
    end
  when "json-lines"
    text_of(path).each_line("\n", chomp: true).map { |line| with_extras_as_text(JSON.parse(line)) }
  when "first-member" then Zlib::GzipReader.open(path, &:read)
  end
print JSON.generate(rows)
