
cut -d, -f1,3 data.csv | head -n 3
tail -n +2 data.csv | sort -t, -k2 -n | head -1
sort -r data.csv | tail -2
awk -F, 'NR>1 {s+=$2; n[$3]++} END {print s, s/(NR-1), n["london"]}' data.csv
awk -F, '$3=="london" {printf "%s is %d\n", $1, $2}' data.csv
sed -n '2,3p' data.csv; sed 's/london/LDN/; /nyc/d' data.csv; sed -e '1d' -e 's/\([a-z]*\),\([0-9]*\).*/\2 \1/' data.csv
grep -c london data.csv; grep -n grace data.csv; grep -v -i NAME data.csv | wc -l; grep -E '^(ada|alan),' data.csv; grep -o '[0-9][0-9]' data.csv
tr ',' '\t' < data.csv | head -2; wc -l data.csv; wc -c < data.csv
cut -d, -f3 data.csv | sort | uniq -c | sort -rn | awk '{print $1, $2}'
mkdir -p a/b; touch a/1.txt a/b/2.txt a/b/3.md
find . -name '*.txt' | sort; find a -type d | sort; find a -type f | sort | xargs -n 1 basename
find a -name '*.txt' -exec echo found {} \; | sort
echo 1 2 3 | xargs -n1 echo n; printf 'x y\n' | xargs -I{} echo '[{}]'
tar -cf a.tar a && tar -tf a.tar | sort && mkdir x && tar -xf a.tar -C x && ls x/a/b
tar -czf a.tgz a && tar -tzf a.tgz | wc -l
cp -r a c && ls c; mv c d && ls -d c d 2>/dev/null; rm -r d; basename /x/y.txt .txt; dirname /x/y.txt
head -c 4 data.csv; echo; rev data.csv | head -1; nl data.csv | head -2; paste -d: data.csv data.csv | head -1; tee copy < data.csv | head -1; diff data.csv copy && echo same
md5sum data.csv; sha256sum data.csv | cut -c1-16; base64 data.csv | head -1; stat -c '%s %a' data.csv; du -k nothing 2>/dev/null; expr 3 + 4; seq 2 2 6; date -u -d @0 +%Y-%m-%d
fold -w 10 data.csv | head -2; od -c data.csv | head -1; cmp data.csv copy; echo abc | sed 's/b/[&]/'; echo a,b | awk -F, '{print $2; print NF}'
yes | head -2; echo hello | cut -c2-4; tac data.csv | head -1; sort -u -t, -k3,3 data.csv | wc -l; which sh; env | grep -c PATH; test -x /bin/sh && echo x; truncate -s 5 copy; cat copy; echo; ln -s copy l; ls -l l | awk '{print $1, $NF}'; touch -c no; ls no 2>&1 | wc -l
