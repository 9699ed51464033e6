<?php
// Reads an exported CSV file, which may be compressed with gzip, and prints its rows as a JSON array of objects.
// read.php HOW FILE; HOW is csv, or first-member, which prints what gzdecode finds.
[, $how, $path] = $argv;
$options = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR;
if ($how === 'first-member') {
    echo json_encode(gzdecode(file_get_contents($path)), $options);
    exit;
}
$file = fopen("compress.zlib://$path", 'rb');
// The last argument: without it a backslash before a quote hides the quote.
$columns = fgetcsv($file, null, ',', '"', '');
$rows = [];
while (($row = fgetcsv($file, null, ',', '"', '')) !== false) {
    $rows[] = array_combine($columns, $row);
}
echo json_encode($rows, $options);
