--- The page's style sheet: one column, readable on a phone and on paper, light and dark.
local style = require "lis.report.style"

local css = {}

local body = [[
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
 "Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:792px;margin:0 auto;padding:28px 16px 64px}
header{border-bottom:1px solid var(--line);padding-bottom:20px}
h1{font-size:28px;line-height:1.2;margin:4px 0 14px}
h2{font-size:20px;line-height:1.3;margin:0 0 10px}
section{margin-top:44px}
p{margin:10px 0;max-width:70ch}
a{color:var(--blue)}
.kicker{color:var(--grey);font-size:14px;margin:0}
.answer{font-size:19px;line-height:1.45;margin:14px 0}
.answer strong{font-weight:650}
.more{padding-left:20px;margin:10px 0;max-width:72ch}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 0;
 padding:0;list-style:none}
.tiles li{border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.tiles b{display:block;font-size:24px;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles span{display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden;
 font-size:13px;color:var(--grey);line-height:1.4}
.alert{border-left:4px solid var(--orange);background:var(--band);padding:10px 14px;margin:16px 0;
 border-radius:0 6px 6px 0}
nav{font-size:14px;margin-top:16px;line-height:1.9}
nav a{margin-right:12px;white-space:nowrap}
.note,figcaption{color:var(--grey);font-size:14px;line-height:1.5}
figure{margin:18px 0}
figure svg{display:block;width:100%;height:auto}
figure svg g{font-family:inherit}
figcaption{margin-top:4px;max-width:78ch}
.narrow{display:none!important}
.panels{display:grid;grid-template-columns:1fr 1fr;gap:8px 16px}
.panels figure{margin:10px 0}
.panels figcaption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.side{display:grid;grid-template-columns:1fr 1fr;gap:16px;align-items:center}
.scroll{overflow-x:auto;margin:14px 0;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;font-size:13.5px;line-height:1.4;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{padding:5px 10px 5px 0;text-align:left;min-width:6em;border-bottom:1px solid var(--line)}
th{color:var(--grey);font-weight:500;vertical-align:bottom}
th:first-child,td:first-child{position:sticky;left:0;background:var(--paper);max-width:300px;overflow:hidden;
 text-overflow:ellipsis;white-space:nowrap}
th.number,td.number{text-align:right;min-width:0;white-space:nowrap}
dl{display:grid;grid-template-columns:minmax(110px,max-content) 1fr;gap:6px 18px;margin:12px 0}
dt{font-weight:600;font-size:15px}
dd{margin:0;font-size:15px;max-width:66ch}
.checks{list-style:none;margin:14px 0;padding:0}
.checks li{display:grid;grid-template-columns:52px 1fr auto;gap:2px 12px;padding:8px 0;
 border-bottom:1px solid var(--line);font-size:15px}
.checks small{grid-column:2/4;color:var(--grey);font-size:13.5px;line-height:1.45}
.mark{font-size:12px;font-weight:650;border-radius:4px;text-align:center;height:20px;line-height:20px;margin-top:2px;
 border:1px solid var(--green);color:var(--green)}
.mark.fail{background:var(--orange);border-color:var(--orange);color:var(--paper)}
.value{font-variant-numeric:tabular-nums;white-space:nowrap;text-align:right}
pre{background:var(--band);border-radius:6px;padding:12px 14px;overflow-x:auto;max-width:100%;
 font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}
summary{cursor:pointer;font-size:14px;color:var(--blue);padding:4px 0}
footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--line);font-size:14px;color:var(--grey)}
@media(max-width:640px){
 main{padding:18px 12px 48px}
 h1{font-size:24px}.answer{font-size:17px}section{margin-top:36px}
 .wide{display:none!important}.narrow{display:block!important}
 .panels,.side{grid-template-columns:1fr}
 dl{grid-template-columns:1fr;gap:2px}dd{margin-bottom:8px}
 th:first-child,td:first-child{max-width:130px;white-space:normal}
 .checks li{grid-template-columns:52px 1fr}
 .value{grid-column:2;text-align:left;white-space:normal}.checks small{grid-column:2}
 .tiles{grid-template-columns:1fr 1fr;gap:8px}.tiles b{font-size:20px}
}
@media print{
 @page{margin:16mm 14mm}
 body{font-size:10.5pt}main{max-width:none;padding:0}
 nav{display:none}
 details::details-content{content-visibility:visible;display:block}summary{display:none}
 section{margin-top:20pt}h2{break-after:avoid}
 figure,li,tr,.tiles{break-inside:avoid}figure svg{max-height:225mm}
 .scroll{overflow:visible}table{font-size:8pt}th,td{padding-right:8px;white-space:normal}
 th:first-child,td:first-child{position:static;max-width:none}
 pre{white-space:pre-wrap;font-size:8pt}
 a{color:inherit;text-decoration:none}
}]]

--- The whole style sheet.
---@return string
function css.sheet()
  return ":root{color-scheme:light dark;" .. style.css "light"
    .. "}\n@media screen and (prefers-color-scheme:dark){:root{"
    .. style.css "dark" .. "}}\n" .. body
end

return css
